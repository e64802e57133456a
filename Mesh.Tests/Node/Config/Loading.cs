using Mesh.Node.Config;
using Mesh.Node.Hosting;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>Loads texts the way a test wants it: every directory exists, and a dtab is bad where it holds <c>!!</c>.</summary>
internal static class Loading
{
    /// <summary>What files hold; others are there and empty, except those called missing.</summary>
    public static readonly Dictionary<string, string> Files = [];

    public static readonly ConfigHooks Hooks = new(
        static dtab => dtab.IndexOf("!!", StringComparison.Ordinal) is >= 0 and var at ? new DtabFault(at, "a tree is expected; write a path") : null,
        static directory => !directory.Contains("missing", StringComparison.Ordinal))
    {
        ReadFile = static file => file.Contains("missing", StringComparison.Ordinal) ? null : Files.GetValueOrDefault(file, ""),
    };


    /// <summary>The program's own judgement, of files whose paths begin at a folder.</summary>
    public static ConfigHooks Below(string folder) =>
        new(DtabCheck.FirstFault, path => Directory.Exists(Path.Combine(folder, path)))
        {
            ReadFile = path => Path.Combine(folder, path) is var file && File.Exists(file) ? File.ReadAllText(file) : null,
        };

    public const string Minimal = "routers:\n- protocol: http\n  servers:\n  - port: 4140\n";

    public static ConfigResult Load(string text, params string[] assignments) => ConfigLoader.Load("f", text, assignments, Hooks);

    /// <summary>The config of a text without faults.</summary>
    public static MeshConfig Config(string text, params string[] assignments)
    {
        ConfigResult result = Load(text, assignments);
        Assert.True(result.Config is not null, string.Join('\n', result.Faults));
        return result.Config;
    }

    public static string[] Faults(string text, params string[] assignments) => Lines(Load(text, assignments).Faults);

    public static string[] Lines(IReadOnlyList<ConfigFault> faults) => [.. faults.Select(fault => fault.ToString())];

    /// <summary>The repository's root: the folder that holds Mesh.sln.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Mesh.sln"))) directory = Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException($"no Mesh.sln above {AppContext.BaseDirectory}");
    }
}
