using Mesh.Node.Proxy.Injection;
using Mesh.Node.Telemetry;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.Telemetry;

public sealed class InjectionSeriesTests : IDisposable
{
    private readonly MetricRegistry _registry = new(stripes: 1);
    private readonly RouterMetrics _router;

    public InjectionSeriesTests() => _router = new RouterMetrics(_registry, "http");

    public void Dispose() => _router.Dispose();

    private string[] Shown() =>
    [
        .. _registry.Families().Where(family => family.Name == DataPlaneMetricNames.Injected)
            .SelectMany(family => family.Series)
            .Select(series => $"{KindOf(series)} {((Counter)series.Instrument).Value}")
            .Order(StringComparer.Ordinal),
    ];

    private static string KindOf(MetricSeries series) =>
        series.Labels.Labels.Single(label => label.Name == DataPlaneMetricLabels.Kind).Value;

    [Fact]
    public void Series_ExistOnceThereIsSomethingToTell()
    {
        using ServiceMetrics service = _router.ForService("/svc/web");
        InjectionSeries series = new(service);
        string[] before = Shown();

        series.Count(0, new InjectedFault(100, 0));
        series.Count(0, new InjectedFault(100, 503));

        Assert.Empty(before);
        Assert.Equal(["abort 1", "delay 2"], Shown());
    }

    [Fact]
    public void Series_GoWithTheService()
    {
        ServiceMetrics service = _router.ForService("/svc/web");
        InjectionSeries series = new(service);
        series.Count(0, new InjectedFault(100, 0));

        service.Dispose();
        series.Count(0, new InjectedFault(0, 503));

        Assert.Empty(Shown());
    }
}
