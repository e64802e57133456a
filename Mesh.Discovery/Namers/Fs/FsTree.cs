using System.Text;

namespace Mesh.Discovery.Namers.Fs;

/// <summary>What there is under a path, links followed.</summary>
internal enum FsKind
{
    None,
    File,
    Directory,
}

/// <summary>What there is under a path.</summary>
/// <param name="Kind">Of what a link leads to.</param>
/// <param name="IsLink">Whether the path itself is a link.</param>
internal readonly record struct FsPlace(FsKind Kind, bool IsLink);

/// <summary>Finds the file that a path leads to: directories recurse, the first file ends the walk, what follows is residual.</summary>
internal sealed class FsTree(string rootDirectory)
{
    /// <summary>Names listed at most.</summary>
    public const int MaxListed = 10_000;

    /// <summary>Directories that are walked down.</summary>
    private const int ListedDepth = 8;

    /// <summary>What <see cref="FileSystemInfo.Attributes"/> says of what is not there.</summary>
    private static readonly FileAttributes _missing = (FileAttributes)(-1);

    private static readonly UTF8Encoding _strictUtf8 = new(false, throwOnInvalidBytes: true);

    public string Root { get; } = Path.GetFullPath(rootDirectory);

    /// <summary>Null when there is no such file. Consumed: how many segments name it.</summary>
    /// <param name="residual">What is asked for.</param>
    /// <param name="seen">What was met by earlier searches, and is met by this one: nothing is asked of the disk twice.</param>
    /// <param name="overLink">Whether the way leads over a link, to a file or to nowhere.</param>
    public (int Consumed, string FullPath)? Find(Names.Path residual, Dictionary<string, FsPlace> seen, out bool overLink)
    {
        string at = Root;
        overLink = false;
        for (int i = 0; i < residual.Count; i++)
        {
            if (FileNameOf(residual[i]) is not { } name) return null;
            at = Path.Combine(at, name);
            if (!seen.TryGetValue(at, out FsPlace place)) seen.Add(at, place = PlaceAt(at));
            overLink |= place.IsLink;
            if (place.Kind == FsKind.File) return (i + 1, at);
            if (place.Kind == FsKind.None) return null;
        }
        return null;
    }

    /// <summary>
    /// The names that files have, sorted: at most <see cref="MaxListed"/>, at most <see cref="ListedDepth"/> segments each. What begins with a
    /// dot (a mounted ConfigMap's versions, an editor's leftovers), directories behind links (which may lead in circles) and what
    /// cannot be read are left out.
    /// </summary>
    public IReadOnlyList<Names.Path> List(CancellationToken cancellation)
    {
        var names = new List<Names.Path>();
        if (Directory.Exists(Root)) Walk(new DirectoryInfo(Root), Names.Path.Empty, names, cancellation);
        return names;
    }

    /// <summary>One look at the disk for what is no link. Of a link that leads nowhere <see cref="File.Exists"/> says that it exists.</summary>
    private static FsPlace PlaceAt(string path)
    {
        bool isLink = false;
        try
        {
            var info = new FileInfo(path);
            FileAttributes attributes = info.Attributes;
            if (attributes == _missing) return default;
            isLink = attributes.HasFlag(FileAttributes.ReparsePoint) && info.LinkTarget is not null;
            if (attributes.HasFlag(FileAttributes.Directory)) return new FsPlace(FsKind.Directory, isLink);
            return new FsPlace(!isLink || File.Exists(RealPath.Of(path)) ? FsKind.File : FsKind.None, isLink);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new FsPlace(FsKind.None, isLink);
        }
    }

    private static void Walk(DirectoryInfo directory, Names.Path at, List<Names.Path> names, CancellationToken cancellation)
    {
        var options = new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = 0 };
        IEnumerable<FileSystemInfo> entries = directory.EnumerateFileSystemInfos("*", options)
            .Where(static entry => entry.Name[0] != '.')
            .Take(MaxListed)
            .OrderBy(static entry => entry.Name, StringComparer.Ordinal);
        foreach (FileSystemInfo entry in entries)
        {
            cancellation.ThrowIfCancellationRequested();
            if (names.Count >= MaxListed) return;
            Names.Path name = at + Names.Path.Of(Names.Path.SegmentOf(Encoding.UTF8.GetBytes(entry.Name)));
            if (PlaceAt(entry.FullName).Kind == FsKind.File) names.Add(name);
            else if (entry is DirectoryInfo { LinkTarget: null } inner && name.Count < ListedDepth) Walk(inner, name, names, cancellation);
        }
    }

    /// <summary>
    /// Null for what could leave the directory or is no file name. Links inside the directory may lead out: whoever writes there decides.
    /// </summary>
    private static string? FileNameOf(string segment)
    {
        if (segment is "." or ".." || segment.AsSpan().ContainsAny('/', '\\', '\0')) return null;
        try
        {
            string name = _strictUtf8.GetString(Encoding.Latin1.GetBytes(segment));
            return name.AsSpan().ContainsAny(Path.GetInvalidFileNameChars()) ? null : name;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
