using Xunit;

namespace Mesh.Tests.Wire.Http1;

/// <summary>A test over corpora that live outside the repository: in MESH_CONFORMANCE, or in ../shared/conformance; skipped by name without them.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ConformanceFactAttribute : FactAttribute
{
    public ConformanceFactAttribute()
    {
        if (Folder is null) Skip = "no conformance folder: set MESH_CONFORMANCE or put it at ../shared/conformance";
    }

    public static string? Folder { get; } = Find();

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("MESH_CONFORMANCE") is { Length: > 0 } named) return Directory.Exists(named) ? named : null;
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, "shared", "conformance");
            if (File.Exists(Path.Combine(candidate, "http1_cases.jsonl"))) return candidate;
        }

        return null;
    }
}
