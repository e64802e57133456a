using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>The node's metrics in Linkerd 1's names: a view on the registry that costs nothing until somebody reads it.</summary>
/// <remarks>The tree is made anew when series came or went, else kept; values are read live. Any thread.</remarks>
internal sealed class LinkerdTree(MetricRegistry registry, TimeProvider time) : IDisposable
{
    private static readonly FrozenDictionary<string, ImmutableArray<LinkerdRule>> s_rules =
        LinkerdRules.All.GroupBy(static rule => rule.Family).ToFrozenDictionary(static group => group.Key, static group => group.ToImmutableArray());

    private View _view = new([], new MetricNode());

    /// <summary>What distributions have taken in lately.</summary>
    public HistogramWindows Windows { get; } = new(registry, time);

    /// <summary>Whether a family of ours has a place in the tree.</summary>
    public static bool Shows(string family) => s_rules.ContainsKey(family);

    /// <summary>The tree as of now, for one reading.</summary>
    public MetricNode Read()
    {
        Windows.Touch();
        ImmutableArray<MetricFamily> families = registry.Families();
        View view = Volatile.Read(ref _view);
        if (view.Families == families) return view.Root;
        view = new View(families, Build(families));
        Volatile.Write(ref _view, view);
        return view.Root;
    }

    public void Dispose() => Windows.Dispose();

    private static MetricNode Build(ImmutableArray<MetricFamily> families)
    {
        MetricNode root = new();
        foreach (MetricFamily family in families)
        {
            if (!s_rules.TryGetValue(family.Name, out ImmutableArray<LinkerdRule> rules)) continue;
            foreach (MetricSeries series in family.Series)
            {
                foreach (LinkerdRule rule in rules)
                {
                    if (!rule.TryPlace(series.Labels, out string[]? place, out bool counts)) continue;
                    LinkerdMetric metric = root.MetricAt(place, rule.Kind);
                    if (counts) metric.Add(series.Instrument, rule.Factor);
                }
            }
        }

        return root;
    }

    /// <summary>A tree and the families that it was made of: the same array until series come or go.</summary>
    private sealed record View(ImmutableArray<MetricFamily> Families, MetricNode Root);
}
