using System.Text;

namespace Mesh.Discovery.Namers.Fs;

/// <summary>Finds the file that a path leads to: directories recurse, the first file ends the walk, what follows is residual.</summary>
internal sealed class FsTree(string rootDirectory)
{
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
            if (File.Exists(at)) return (i + 1, at);
            if (!Directory.Exists(at)) return null;
        }
        return null;
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
