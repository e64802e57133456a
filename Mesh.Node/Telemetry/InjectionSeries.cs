using Mesh.Node.Proxy.Injection;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>How many requests of a service name a drill has touched; a request that was delayed and then aborted counts as both.</summary>
/// <remarks>
/// Hot path for those requests alone: the series are registered with the first of their kind, since most services have no drill; they go
/// with the service's others.
/// </remarks>
/// <param name="metrics">The service's series of requests.</param>
internal sealed class InjectionSeries(ServiceMetrics metrics)
{
    private volatile Counter? _delays;
    private volatile Counter? _aborts;

    /// <summary>Counts one request.</summary>
    /// <param name="stripe">The calling loop's stripe, or 0.</param>
    /// <param name="fault">As drawn.</param>
    public void Count(int stripe, in InjectedFault fault)
    {
        if (fault.DelayMs > 0) (_delays ??= New("delay"))?.Add(stripe);
        if (fault.AbortStatus > 0) (_aborts ??= New("abort"))?.Add(stripe);
    }

    /// <summary>Two threads get the same counter; null after the end.</summary>
    private Counter? New(string kind)
    {
        try
        {
            LabelSet labels = metrics.Labels.With((DataPlaneMetricLabels.Kind, kind));
            return metrics.Scope.Counter(DataPlaneMetricNames.Injected, "Requests that a drill delayed or aborted.", labels);
        }
        catch (ObjectDisposedException)
        {
            // The series went while a request was under way.
            return null;
        }
    }
}
