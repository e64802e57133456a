using System.Text;

namespace Mesh.Discovery.Namers.Fs;

/// <summary>Finds the file that a path leads to: directories recurse, the first file ends the walk, what follows is residual.</summary>
internal sealed class FsTree(string rootDirectory)
{
    /// <summary>Names listed at most.</summary>
    public const int MaxListed = 10_000;

    /// <summary>Directories that are walked down.</summary>
    private const int ListedDepth = 8;

    private static readonly UTF8Encoding _strictUtf8 = new(false, throwOnInvalidBytes: true);

    public string Root { get; } = Path.GetFullPath(rootDirectory);

    /// <summary>Null when there is no such file. Consumed: how many segments name it.</summary>
    public (int Consumed, string FullPath)? Find(Names.Path residual)
    {
        string at = Root;
        for (int i = 0; i < residual.Count; i++)
        {
            if (FileNameOf(residual[i]) is not { } name) return null;
            at = Path.Combine(at, name);
            if (IsFile(at)) return (i + 1, at);
            if (!Directory.Exists(at)) return null;
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

    /// <summary>Of a link that leads nowhere <see cref="File.Exists"/> says that it exists.</summary>
    private static bool IsFile(string path)
    {
        try
        {
            return File.Exists(path) && (new FileInfo(path).LinkTarget is null || File.Exists(RealPath.Of(path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
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
            if (IsFile(entry.FullName)) names.Add(name);
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
