using Mesh.Routing.Telemetry;

namespace Mesh.Node.Telemetry;

/// <summary>Why the inbound side gave a request to nobody.</summary>
internal enum InboundRefusal
{
    /// <summary>It names no instance: its sender is no node.</summary>
    Unnamed,

    /// <summary>Its instance is not hosted here.</summary>
    Unhosted,

    /// <summary>It passed an inbound side already.</summary>
    Loop,
}

/// <summary>Counts those; each series is there from its first event on.</summary>
internal sealed class InboundSeries(ServerMetrics metrics)
{
    private const string Help = "Requests that the inbound side gave to nobody, by why.";

    private static readonly EventFamily[] s_families =
    [
        Family("unnamed"), Family("unhosted"), Family("loop"),
    ];

    private readonly EventCounters _events = new(metrics.Scope, metrics.Labels, s_families);

    /// <param name="stripe">The calling loop's stripe.</param>
    /// <param name="why">To add one to.</param>
    public void Count(int stripe, InboundRefusal why) => _events.Count(stripe, (int)why);

    private static EventFamily Family(string reason) => new(DataPlaneMetricNames.InboundRefused, Help, RoutingMetricLabels.Reason, reason);
}
