namespace Mesh.Node.Config;

/// <summary>A fault inside a dtab's text.</summary>
/// <param name="Offset">Index of the character at fault, from 0; the text's length for its end.</param>
/// <param name="What"><c>what is wrong; what would be right</c>.</param>
internal readonly record struct DtabFault(int Offset, string What);

/// <summary>What a check asks of the world outside the text; a test gives its own.</summary>
/// <param name="CheckDtab">The first fault of a dtab, or null.</param>
/// <param name="DirectoryExists">Whether a path, relative to the working directory, is a directory.</param>
internal sealed record ConfigHooks(Func<string, DtabFault?> CheckDtab, Func<string, bool> DirectoryExists)
{
    /// <summary>Largest file that <see cref="ReadFile"/> reads, bytes: a bundle of all public authorities is a quarter of it.</summary>
    public const int MaxFileBytes = 1 << 20;

    /// <summary>The text of a file that a config names, such as a certificate; null where there is none that can be read whole.</summary>
    public Func<string, string?> ReadFile { get; init; } = ReadFromDisk;

    private static string? ReadFromDisk(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists && file.Length <= MaxFileBytes ? File.ReadAllText(path) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
