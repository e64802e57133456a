using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Wire.Metrics;

namespace Mesh.Routing.Telemetry;

/// <summary>Requests by the server (listening socket) that took them in, and the server's connections.</summary>
public sealed class ServerMetrics : RequestMetrics
{
    /// <summary>The reason under which everything counts that was not named up front.</summary>
    public const string OtherReason = "other";

    private readonly FrozenDictionary<string, Counter> _rejections;
    private readonly Counter _otherRejections;

    internal ServerMetrics(MetricRegistry registry, LabelSet labels, IReadOnlyList<string> rejectReasons)
        : base(registry, RequestFamily.Server, labels)
    {
        Accepted = Scope.Counter(RoutingMetricNames.ServerAccepted, "Connections accepted.", labels);
        Rejections = [.. rejectReasons.Select(Rejection)];
        _otherRejections = Rejection(OtherReason);
        _rejections = rejectReasons.Zip(Rejections).DistinctBy(pair => pair.First).ToFrozenDictionary(pair => pair.First, pair => pair.Second);
    }

    /// <summary>Connections accepted, whatever became of them.</summary>
    public Counter Accepted { get; }

    /// <summary>One counter for each reason that was named up front, in that order: a closed enum's value is the index.</summary>
    public ImmutableArray<Counter> Rejections { get; }

    /// <summary>The counter of a reason; an unknown one counts as <see cref="OtherReason"/>.</summary>
    public Counter RejectionFor(string reason) => _rejections.GetValueOrDefault(reason, _otherRejections);

    /// <summary>Shows how many connections are open now.</summary>
    /// <param name="read">Any thread, quick.</param>
    public void ObserveConnections(Func<double> read) =>
        Scope.Gauge(RoutingMetricNames.ServerConnections, "Connections open now.", Labels, read);

    private Counter Rejection(string reason) => Scope.Counter(
        RoutingMetricNames.ServerRejections,
        "Connections and requests refused before they were routed, by reason.",
        Labels.With((RoutingMetricLabels.Reason, reason)));
}
