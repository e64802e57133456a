using Mesh.Routing.Telemetry;

namespace Mesh.Node.Telemetry;

/// <summary>What may happen to a request on its way to a destination, beside its outcome.</summary>
internal enum DestinationEvent
{
    /// <summary>A request that provably did nothing failed after as many requeues as one may have.</summary>
    RequeueLimit,

    /// <summary>A requeue that the budget did not pay for.</summary>
    RequeueBudgetExhausted,
}

/// <summary>Counts those events; each series is there from its first event on.</summary>
internal sealed class DestinationEvents(DestinationMetrics metrics)
{
    private static readonly EventFamily[] s_families =
    [
        new(DataPlaneMetricNames.RequeueLimits, "Attempts that reached nobody after as many requeues as a request may have."),
        new(DataPlaneMetricNames.RequeueBudgetExhausted, "Requeues that the budget did not pay for."),
    ];

    private readonly EventCounters _events = new(metrics.Scope, metrics.Labels, s_families);

    /// <param name="stripe">The calling loop's stripe.</param>
    /// <param name="what">To add one to.</param>
    public void Count(int stripe, DestinationEvent what) => _events.Count(stripe, (int)what);
}
