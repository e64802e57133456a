using System.Collections.Immutable;
using Mesh.Node.Config.Keys;
using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config;

/// <summary>Reads the policies document of a namespace: YAML or JSON, <c>policies: [..]</c>, as a router's key of that name.</summary>
internal static class RoutePolicyReader
{
    private const string Source = "policies";

    private static readonly ConfigHooks s_hooks = new(static _ => null, static _ => true);

    /// <summary>Every fault with line and column, one a line; null: there is none.</summary>
    public static string? FirstFaults(string text) => Read(text).Faults is { Count: > 0 } faults ? string.Join('\n', faults) : null;

    /// <summary>The rules, or every fault; no text has no rules.</summary>
    public static (ImmutableArray<RoutePolicyConfig> Rules, IReadOnlyList<ConfigFault> Faults) Read(string text)
    {
        if (text.Length == 0) return ([], []);
        var faults = new FaultList();
        var source = new YamlSource(Source, text);
        if (!ConfigText.HasOnlyText(source, faults) || YamlReader.Read(source, faults) is not { } root) return ([], faults.Faults());
        RoutePolicyKeys.Document.Check(root, new CheckContext(faults, source, s_hooks));
        return faults.Any ? ([], faults.Faults()) : (RoutePolicyKeys.Document.Build(root), []);
    }
}
