using System.Diagnostics.CodeAnalysis;

namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>A place in the tree: a metric, places below it, or both (<c>failures</c> counts, and has one place for each exception).</summary>
/// <remarks>Built by one thread, read by many after that.</remarks>
internal sealed class MetricNode
{
    private readonly SortedDictionary<string, MetricNode> _children = new(StringComparer.Ordinal);

    /// <summary>Null where only something below is counted.</summary>
    public LinkerdMetric? Metric { get; private set; }

    /// <summary>By name, ordinal; a name may hold slashes.</summary>
    public IReadOnlyDictionary<string, MetricNode> Children => _children;

    /// <summary>The metric at a place below, made if it is new.</summary>
    public LinkerdMetric MetricAt(ReadOnlySpan<string> place, LinkerdKind kind)
    {
        MetricNode node = this;
        foreach (string name in place)
        {
            if (!node._children.TryGetValue(name, out MetricNode? child)) node._children.Add(name, child = new MetricNode());
            node = child;
        }

        return node.Metric ??= new LinkerdMetric(kind);
    }

    /// <summary>
    /// The place below that a path leads to, whose slashes may stand between names or in them; a slash at either end does not matter.
    /// </summary>
    public bool TryFind(string path, [NotNullWhen(true)] out MetricNode? found) => TryFind(path.AsSpan().Trim('/'), out found);

    private bool TryFind(ReadOnlySpan<char> path, [NotNullWhen(true)] out MetricNode? found)
    {
        found = this;
        if (path.IsEmpty) return true;
        foreach ((string name, MetricNode child) in _children)
        {
            if (!path.StartsWith(name, StringComparison.Ordinal)) continue;
            ReadOnlySpan<char> rest = path[name.Length..];
            if (!rest.IsEmpty && rest[0] != '/') continue;
            if (child.TryFind(rest.Trim('/'), out found)) return true;
        }

        found = null;
        return false;
    }
}
