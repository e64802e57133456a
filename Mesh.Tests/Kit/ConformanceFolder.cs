namespace Mesh.Tests.Kit;

/// <summary>Where the corpora and peers of others lie: MESH_CONFORMANCE, else ../shared/conformance beside the repository.</summary>
internal static class ConformanceFolder
{
    /// <summary>The variable that names the folder.</summary>
    public const string Variable = "MESH_CONFORMANCE";

    /// <summary>Absolute path; may not exist.</summary>
    public static string Folder { get; } = Path.GetFullPath(
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : "../shared/conformance", RepositoryRoot.Folder);

    /// <summary>Why the conformance tests cannot run here, or null.</summary>
    public static string? Missing { get; } = FindMissing();

    /// <summary>An absolute path below the folder.</summary>
    public static string At(params string[] parts) => Path.Combine([Folder, .. parts]);

    private static string? FindMissing()
    {
        if (!File.Exists(At("http1", "run_http1.mjs")) || !File.Exists(At("http_peer", "package-lock.json")))
        {
            return $"no conformance folder: {Variable} is unset or wrong, and ../shared/conformance is not there";
        }

        return Tools.Find("node") is null ? "no node on PATH" : Tools.Find("npm") is null ? "no npm on PATH" : null;
    }
}
