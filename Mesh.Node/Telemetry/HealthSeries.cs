using Mesh.Node.Health;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>
/// How a destination's active checks went; who is sick is told with the endpoints. Registered when its checks begin; the series live as long as its
/// others.
/// </summary>
internal sealed class HealthSeries
{
    private readonly Counter _good;
    private readonly Counter _bad;
    private readonly Counter _void;

    /// <param name="metrics">The destination's series of requests.</param>
    public HealthSeries(DestinationMetrics metrics)
    {
        _good = Checks(metrics, "good");
        _bad = Checks(metrics, "bad");
        _void = Checks(metrics, "void");
    }

    /// <summary>Counts one check. Any thread.</summary>
    public void Count(CheckVerdict verdict) => (verdict switch
    {
        CheckVerdict.Good => _good,
        CheckVerdict.Bad => _bad,
        _ => _void,
    }).Add(stripe: 0);

    private static Counter Checks(DestinationMetrics metrics, string result) => metrics.Scope.Counter(
        DataPlaneMetricNames.HealthChecks, "Active checks made.", metrics.Labels.With((DataPlaneMetricLabels.Result, result)));
}
