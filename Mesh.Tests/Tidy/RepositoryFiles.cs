using Mesh.Tests.Kit;

namespace Mesh.Tests.Tidy;

/// <summary>One text file of the repository, read once.</summary>
/// <param name="Path">Relative to the root, with forward slashes.</param>
/// <param name="Text">As UTF-8.</param>
internal sealed record RepositoryFile(string Path, string Text)
{
    /// <summary>Lines without their line feeds; a last line feed opens no further line.</summary>
    public string[] Lines { get; } = (Text.EndsWith('\n') ? Text[..^1] : Text).Split('\n');

    /// <summary>The file's name without folders.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>The folder, relative to the root, "" at the root.</summary>
    public string Folder => Path.LastIndexOf('/') is var at && at < 0 ? "" : Path[..at];

    /// <summary>Belongs to the test project.</summary>
    public bool IsTest => Path.StartsWith("Mesh.Tests/", StringComparison.Ordinal);
}

/// <summary>The text files that a clean clone holds: everything but build outputs and what version control ignores.</summary>
internal static class RepositoryFiles
{
    private static readonly HashSet<string> SkippedFolders =
        new(StringComparer.Ordinal) { "bin", "obj", "node_modules", "TestResults", "artifacts", ".git", ".vs", ".vscode", ".idea" };

    private static readonly HashSet<string> TextExtensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".cs", ".csproj", ".props", ".targets", ".sln", ".md", ".txt", ".yaml", ".yml", ".json", ".jsonl", ".mjs", ".js", ".ts", ".sh",
        ".html", ".css", ".svg", ".xml", ".editorconfig", ".gitignore", ".gitattributes", ".conf", ".cfg", "",
    };

    /// <summary>All text files, ordered by path.</summary>
    public static IReadOnlyList<RepositoryFile> All { get; } =
        [.. Walk(new DirectoryInfo(RepositoryRoot.Folder)).OrderBy(file => file.Path, StringComparer.Ordinal)];

    /// <summary>Project files.</summary>
    public static IEnumerable<RepositoryFile> Projects => All.Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal));

    /// <summary>C# files.</summary>
    public static IEnumerable<RepositoryFile> CSharp => All.Where(file => file.Path.EndsWith(".cs", StringComparison.Ordinal));

    /// <summary>Markdown pages, but not the benchmark's results, which tell of a day.</summary>
    public static IEnumerable<RepositoryFile> Pages => All.Where(file =>
        file.Path.EndsWith(".md", StringComparison.Ordinal) && !file.Path.StartsWith("bench/results/", StringComparison.Ordinal));

    /// <summary>The text of one file; fails with its name when it is missing.</summary>
    public static RepositoryFile Read(string path) =>
        All.FirstOrDefault(file => file.Path == path) ?? throw new FileNotFoundException($"{path} is missing from the repository", path);

    private static IEnumerable<RepositoryFile> Walk(DirectoryInfo folder)
    {
        foreach (FileInfo file in folder.EnumerateFiles().Where(file => file.Name != ".git" && TextExtensions.Contains(file.Extension)))
        {
            string path = Path.GetRelativePath(RepositoryRoot.Folder, file.FullName).Replace('\\', '/');
            yield return new RepositoryFile(path, File.ReadAllText(file.FullName));
        }

        foreach (DirectoryInfo inner in folder.EnumerateDirectories()
            .Where(inner => !SkippedFolders.Contains(inner.Name) && inner.LinkTarget is null))
        {
            foreach (RepositoryFile file in Walk(inner))
            {
                yield return file;
            }
        }
    }
}
