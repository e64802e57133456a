using System.Collections.Frozen;
using Mesh.Wire.Metrics;

namespace Mesh.Routing.Routes;

/// <summary>What this node counts of the fleet's namespaces. Any thread.</summary>
public sealed class RouteMetrics
{
    private static readonly FrozenDictionary<Type, string> s_outcomes = new Dictionary<Type, string>
    {
        [typeof(RouteResult.Changed)] = "changed",
        [typeof(RouteResult.Exists)] = "exists",
        [typeof(RouteResult.Stale)] = "stale",
        [typeof(RouteResult.NotFound)] = "not_found",
        [typeof(RouteResult.Refused)] = "refused",
        [typeof(RouteResult.Unavailable)] = "unavailable",
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<string, Counter> _changes;
    private readonly Histogram _duration;

    /// <param name="scope">The node's.</param>
    /// <param name="table">Whose namespaces.</param>
    public RouteMetrics(MetricScope scope, RouteTable table)
    {
        scope.Gauge(RouteMetricNames.Namespaces, "Namespaces that this node has.", LabelSet.Empty, () => table.Current.Namespaces.Count);
        scope.Gauge(
            RouteMetricNames.Behind, "Namespaces of which a newer version is under way to this node, or not understood by it.", LabelSet.Empty,
            () => table.Behind);
        scope.Gauge(RouteMetricNames.Watches, "Requests of admin that follow namespaces or names.", LabelSet.Empty, () => table.Watches);
        _changes = s_outcomes.Values.ToFrozenDictionary(static outcome => outcome, outcome => scope.Counter(
            RouteMetricNames.Changes, "Changes that this node was asked for.", LabelSet.Of(("outcome", outcome))));
        _duration = scope.Histogram(
            RouteMetricNames.ChangeDuration,
            "From the request for a change to the moment when this node goes by it.",
            HistogramUnit.Seconds,
            LabelSet.Empty);
    }

    /// <summary>A change was answered.</summary>
    internal void Answered(RouteResult result, TimeSpan elapsed)
    {
        if (s_outcomes.TryGetValue(result.GetType(), out string? outcome)) _changes[outcome].Add(0);
        if (result is RouteResult.Changed) _duration.Record(0, (long)elapsed.TotalNanoseconds);
    }
}
