namespace Mesh.Tests.Kit;

/// <summary>The folder that holds Mesh.sln, found upwards from the test assembly.</summary>
internal static class RepositoryRoot
{
    /// <summary>Absolute, without a trailing separator.</summary>
    public static string Folder { get; } = Find();

    /// <summary>An absolute path below the root.</summary>
    public static string At(params string[] parts) => Path.Combine([Folder, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Mesh.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"No Mesh.sln above {AppContext.BaseDirectory}: the tests read the repository they were built from.");
    }
}
