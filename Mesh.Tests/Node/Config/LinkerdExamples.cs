using Mesh.Tests.Kit;

namespace Mesh.Tests.Node.Config;

/// <summary>
/// Linkerd 1's own examples, which are not in this repository: the folder that MESH_LINKERD_EXAMPLES names, <c>.../linkerd/examples</c>.
/// </summary>
internal static class LinkerdExamples
{
    /// <summary>The variable that names the folder.</summary>
    public const string Variable = "MESH_LINKERD_EXAMPLES";

    /// <summary>Absolute path; empty where there is none.</summary>
    public static string Folder { get; } =
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? Path.GetFullPath(named, RepositoryRoot.Folder) : "";

    /// <summary>Where Linkerd is started: paths in the examples begin there.</summary>
    public static string WorkingDirectory => Path.GetFullPath(Path.Combine(Folder, "..", ".."));

    /// <summary>Why the examples cannot be read here, or null.</summary>
    public static string? Missing { get; } = Directory.Exists(Path.Combine(Folder, "io.l5d.fs")) && Folder.Length > 0
        ? null
        : $"{Variable} does not name the folder linkerd/examples of a checkout of Linkerd 1";
}

/// <summary>Runs where <see cref="LinkerdExamples"/> are.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinkerdExamplesFactAttribute() : FactIfAttribute(LinkerdExamples.Missing);
