using Mesh.Node.Telemetry;
using Mesh.Routing.Retries;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.Telemetry;

public sealed class ServiceSeriesTests : IDisposable
{
    private readonly MetricRegistry _registry = new(1);
    private readonly RouterMetrics _router;

    public ServiceSeriesTests() => _router = new RouterMetrics(_registry, "http");

    public void Dispose() => _router.Dispose();

    [Fact]
    public void Series_AreThereFromTheirFirstEventOn_AndGoWithTheService()
    {
        ServiceMetrics service = _router.ForService("/svc/web");
        ServiceSeries series = new(service, () => null);
        int before = Families();

        series.Count(0, ServiceEvent.InjectedAbort);
        series.Count(0, ServiceEvent.InjectedAbort);
        series.Count(0, ServiceEvent.InjectedDelay);

        Assert.Equal(0, before);
        Assert.Equal(2, Value("mesh_service_injected_total", ("kind", "abort")));
        Assert.Equal(1, Value("mesh_service_injected_total", ("kind", "delay")));
        service.Dispose();
        series.Count(0, ServiceEvent.Retry);
        Assert.Equal(0, Families());
    }

    [Fact]
    public void Budget_IsShownOnceItMatters()
    {
        ServiceMetrics service = _router.ForService("/svc/web");
        RetryBudget budget = new(new RetryBudgetConfig { MinRetriesPerSecond = 3, PercentCanRetry = 0 }, 0);
        ServiceSeries series = new(service, () => budget);

        series.Count(0, ServiceEvent.Retry);

        MetricFamily family = _registry.Families().Single(family => family.Name == "mesh_service_retry_budget");
        Assert.Equal(30, ((Gauge)family.Series.Single().Instrument).Value);
    }

    private int Families() => _registry.Families().Count(family => family.Name.Contains("injected", StringComparison.Ordinal)
        || family.Name.Contains("retr", StringComparison.Ordinal));

    private long Value(string name, (string Name, string Value) label) =>
        _registry.Families().Single(family => family.Name == name).Series
            .Where(series => series.Labels.Labels.Any(each => (each.Name, each.Value) == label))
            .Sum(series => ((Counter)series.Instrument).Value);
}
