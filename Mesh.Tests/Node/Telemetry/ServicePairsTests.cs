using Mesh.Node.Proxy;
using Mesh.Node.Telemetry;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Routing.Retries;
using Mesh.Routing.Telemetry;
using Mesh.Tests.Kit;
using Mesh.Tests.Routing.Destinations;
using Mesh.Wire.Loops;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.Telemetry;

public sealed class ServicePairsTests : IDisposable
{
    private readonly MetricRegistry _registry = new(stripes: 1);
    private readonly RouterMetrics _router;
    private readonly ServicePairs _pairs;

    public ServicePairsTests()
    {
        _router = new RouterMetrics(_registry, "http");
        _pairs = new ServicePairs(_router, "/svc/web");
    }

    public void Dispose()
    {
        _pairs.Dispose();
        _router.Dispose();
    }

    private static Backend NewBackend(RouterMetrics router)
    {
        Destination destination = DestinationFixture.Of(BalancerKind.RoundRobin, 1).Destination;
        BackendSettings settings = new(LoopTimer.Never, RetryBudgetConfig.Default, null, null);
        return new Backend(destination, router.ForDestination(destination.Id.ToString()), settings);
    }

    private int Series() => _registry.Families().SingleOrDefault(family => family.Name == RoutingMetricNames.PairSuccess)?.Series.Length ?? 0;

    [Fact]
    public void Pair_IsMadeOnceAndFoundAgain()
    {
        Backend backend = NewBackend(_router);

        PairMetrics first = _pairs.Of(backend)!;

        Assert.Same(first, _pairs.Of(backend));
        Assert.Equal(1, Series());
    }

    [Fact]
    public void Finding_AllocatesNothing()
    {
        Backend backend = NewBackend(_router);
        _pairs.Of(backend);

        Assert.Equal(0, Allocated.Least(() =>
        {
            for (int i = 0; i < 1_000; i++) _pairs.Of(backend);
        }));
    }

    [Fact]
    public void Pairs_GoWithTheService()
    {
        _pairs.Of(NewBackend(_router));

        _pairs.Dispose();

        Assert.Equal(0, Series());
        Assert.Null(_pairs.Of(NewBackend(_router)));
    }

    [Fact]
    public void Pairs_EndAtTheirLimit_AndClosedOnesMakeRoom()
    {
        Backend first = NewBackend(_router);
        _pairs.Of(first);
        for (int i = 1; i < ServicePairs.MaxDestinations; i++) _pairs.Of(NewBackend(_router));

        PairMetrics? beyond = _pairs.Of(NewBackend(_router));
        first.Destination.IsClosed = true;

        Assert.Null(beyond);
        Assert.NotNull(_pairs.Of(NewBackend(_router)));
    }
}
