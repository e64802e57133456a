using Mesh.Node.Config;
using Mesh.Node.Proxy.RateLimits;
using Mesh.Node.Telemetry;
using Mesh.Routing.Limits;
using Mesh.Tests.Kit;
using Mesh.Wire.Exchange;
using Mesh.Wire.Metrics;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.Telemetry;

public sealed class LimitSeriesTests
{
    private readonly MetricRegistry _registry = new(1);

    [Fact]
    public void ADestination_ShowsItsLimit_AndNothingOnceThereIsNone()
    {
        ConcurrencyLimit? limit = new(new ConcurrencyConfig { MaxRequests = 7 }, 0);
        using MetricScope scope = _registry.OpenScope();
        LimitSeries.Observe(scope, LabelSet.Of(("destination", "/#/users")), () => limit);
        limit.TryEnter();

        Assert.Equal([7, 1, 0, 0], Values());
        limit = null;
        Assert.Equal([0, 0, 0, 0], Values());

        double[] Values() =>
        [
            Value(DataPlaneMetricNames.ConcurrencyAllowed), Value(DataPlaneMetricNames.ConcurrencyInFlight),
            Value(DataPlaneMetricNames.ConcurrencyQueued), Value(DataPlaneMetricNames.ConcurrencyRefused, ("reason", "queue_full")),
        ];
    }

    [Fact]
    public void AService_ShowsWhatEachLimitRefused()
    {
        RateLimitTable table = new(new FakeTime());
        ServiceRateLimitConfig each = new(new RateLimitConfig(1, 1), new RequestKeyConfig(RequestKeyKind.Header, "x-user"));
        ServiceLimits limits = table.Acquire(Path.Parse("/svc/users"), [new ServiceRateLimitConfig(new RateLimitConfig(100, 50), null), each]);
        using MetricScope scope = _registry.OpenScope();
        LimitSeries.Observe(scope, LabelSet.Of(("service", "/svc/users")), limits);

        for (int i = 0; i < 3; i++) limits.TryTake(new RequestHead(), null, 1_000_000_000, out _);

        Assert.Equal(0, Value(DataPlaneMetricNames.RateLimited, ("limit", "100/s")));
        Assert.Equal(2, Value(DataPlaneMetricNames.RateLimited, ("limit", "1/s by header x-user")));
    }

    private double Value(string name, params (string Name, string Value)[] labels) => 
        _registry.Families().Single(family => family.Name == name).Series
        .Where(series => labels.All(label => series.Labels.Labels.Any(own => own.Name == label.Name && own.Value == label.Value)))
        .Select(static series => ((Gauge)series.Instrument).Value).Single();
}
