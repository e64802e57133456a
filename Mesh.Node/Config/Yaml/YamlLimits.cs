namespace Mesh.Node.Config.Yaml;

/// <summary>What a config file may cost to read. Linkerd's largest example is 6 KB and 8 levels deep.</summary>
internal static class YamlLimits
{
    /// <summary>Size of a file, bytes. A config is written by hand; tables of endpoints belong to namers.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Nesting, levels. The deepest legal path of the schema has about ten.</summary>
    public const int MaxDepth = 64;

    /// <summary>Nodes of a tree, each alias counted with all that it stands for: ten lines of aliases of aliases make billions.</summary>
    public const int MaxNodes = 100_000;
}
