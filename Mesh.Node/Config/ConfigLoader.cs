using Mesh.Node.Config.Keys;
using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config;

/// <summary>What came of a load: a config, or every fault that it has; warnings either way.</summary>
/// <param name="Config">Null where there is a fault.</param>
/// <param name="Faults">By line and column.</param>
/// <param name="Warnings">By line and column.</param>
internal sealed record ConfigResult(MeshConfig? Config, IReadOnlyList<ConfigFault> Faults, IReadOnlyList<ConfigFault> Warnings);

/// <summary>Text, tree, checks, records: the way of a config from a file to typed values. Never throws for what a file holds.</summary>
internal static class ConfigLoader
{
    /// <summary>Loads a file, or standard input for <c>-</c>; the assignments, <c>a.b=c</c>, go over the file's values.</summary>
    public static ConfigResult LoadFile(string file, IReadOnlyList<string> assignments, ConfigHooks hooks, Func<Stream> openStandardInput)
    {
        var faults = new FaultList();
        string? text = ConfigText.Read(file, openStandardInput, faults);
        if (text is null) return new ConfigResult(null, faults.Faults(), faults.Warnings());
        return Load(file == ConfigText.StandardInput ? "stdin" : file, text, assignments, hooks);
    }

    /// <summary>Loads a text that messages call <paramref name="name"/>.</summary>
    public static ConfigResult Load(string name, string text, IReadOnlyList<string> assignments, ConfigHooks hooks)
    {
        var faults = new FaultList();
        MeshConfig? config = Load(new YamlSource(name, text), assignments, hooks, faults);
        return new ConfigResult(config, faults.Faults(), faults.Warnings());
    }

    private static MeshConfig? Load(YamlSource source, IReadOnlyList<string> assignments, ConfigHooks hooks, FaultList faults)
    {
        if (!ConfigText.HasOnlyText(source, faults)) return null;
        YamlNode? root = YamlReader.Read(source, faults);
        if (root is null) return null;
        root = YamlOverrides.Apply(root, assignments, faults);
        Section<MeshConfig> schema = RootKeys.Section;
        schema.Check(root, new CheckContext(faults, source, hooks));
        return faults.Any ? null : schema.Build(root) with { Source = root };
    }
}
