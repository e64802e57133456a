using Mesh.Routing.Telemetry;
using Mesh.Tests.Kit;
using Mesh.Wire.Faults;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Routing.Telemetry;

public class RouterMetricsTests
{
    private readonly MetricRegistry _registry = new(stripes: 2);

    private string[] Lines(string name) =>
        [.. _registry.Families().Where(f => f.Name == name).SelectMany(f => f.Series).Select(s => $"{s.Labels} {Value(s.Instrument)}")];

    private static double Value(Instrument instrument) => instrument is Counter counter ? counter.Value : ((Gauge)instrument).Value;

    [Fact]
    public void ACompletedRequestCountsOnceInEachSeries()
    {
        using RouterMetrics router = new(_registry, "http");
        using ServiceMetrics service = router.ForService("/svc/users");

        service.Complete(stripe: 1, status: 204, success: true, latencyNanoseconds: 5_000_000);
        service.Complete(stripe: 0, status: 503, success: false, latencyNanoseconds: 7_000_000);

        Assert.Equal((2, 1, 1), (service.Requests, service.Success.Value, service.Failures.Value));
        Assert.Equal((1, 1), (service.ResponsesLike(200), service.ResponsesLike(599)));
        Assert.Equal(2, service.Latency.Count);
        Assert.Contains("{router=http,service=/svc/users} 2", Lines(RoutingMetricNames.ServiceRequests));
    }

    [Fact]
    public void ARequestWithoutAResponseCountsInNoStatusClass()
    {
        using RouterMetrics router = new(_registry, "http");

        router.Unbound.Complete(stripe: 1, status: 0, success: false, latencyNanoseconds: 1);

        Assert.Equal(0, Enumerable.Range(1, 5).Sum(c => router.Unbound.ResponsesLike(c * 100)));
        Assert.Equal(["{router=http,service=unbound} 1"], Lines(RoutingMetricNames.ServiceFailures));
    }

    [Fact]
    public void DurationsAreToldByStatus_AndOfAll()
    {
        using RouterMetrics router = new(_registry, "http");
        using ServerMetrics server = router.ForServer("s");

        server.Complete(1, 200, true, 1_000_000);
        server.Complete(1, 204, true, 2_000_000);
        server.Complete(0, 503, false, 3_000_000);
        server.Complete(0, 0, false, 4_000_000);
        server.CompleteOpaque(0, true, 5_000_000);

        IEnumerable<(string, double)> told = _registry.Families().Single(family => family.Name == RoutingMetricNames.ServerDuration).Series
            .Select(series => ($"{series.Labels}", ((Histogram)series.Instrument).Snapshot().Sum));
        (string, double)[] expected =
        [
            ("{router=http,server=s,status=2xx}", 3_000_000), ("{router=http,server=s,status=5xx}", 3_000_000),
            ("{router=http,server=s,status=unanswered}", 4_000_000), ("{router=http,server=s,status=none}", 5_000_000),
        ];
        Assert.Equal(expected, told);
        Assert.Equal((5, 15_000_000), (server.Latency.Count, server.Latency.Sum));
    }

    [Fact]
    public void StatusClassesOfAServiceHaveASeriesOnceTheyWereSeen()
    {
        using RouterMetrics router = new(_registry, "http");
        using ServiceMetrics service = router.ForService("/svc/users");
        Assert.Empty(Lines(RoutingMetricNames.ServiceResponses));

        foreach (int status in (int[])[404, 200, 404]) service.Complete(0, status, true, 1);

        Assert.Equal(
            ["{router=http,service=/svc/users,status=4xx} 2", "{router=http,service=/svc/users,status=2xx} 1"],
            Lines(RoutingMetricNames.ServiceResponses));
    }

    [Fact]
    public void ANameThatWasAskedForOnceHasItsSeriesAndCostsLittle()
    {
        using RouterMetrics router = new(_registry, "http");
        for (int i = 0; i < 90; i++) router.ForService($"/svc/warm{i}").Complete(1, 200, true, 5_000_000);
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 100; i++) router.ForService($"/svc/users{i}").Complete(1, 200, true, 5_000_000);

        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
        Assert.Contains("{router=http,service=/svc/users7} 1", Lines(RoutingMetricNames.ServiceRequests));
        Assert.InRange(each, 1, 7 * 1024 / 2);
    }

    [Fact]
    public void ExactStatusesHaveASeriesOnceTheyWereSeen()
    {
        using RouterMetrics router = new(_registry, "http");
        using ServiceMetrics service = router.ForService("/svc/users");

        foreach (int status in (int[])[404, 200, 404]) service.Complete(0, status, true, 1);

        Assert.Equal(
            ["{router=http,service=/svc/users,code=404} 2", "{router=http,service=/svc/users,code=200} 1"],
            Lines(RoutingMetricNames.ServiceCodes));
    }

    [Fact]
    public void ExactStatusesBeyondTheLimitShareOne()
    {
        using RouterMetrics router = new(_registry, "http");

        for (int i = 0; i < RequestMetrics.MaxStatusCodes + 10; i++) router.Unbound.Complete(0, 200 + i, true, 1);

        string[] lines = Lines(RoutingMetricNames.ServiceCodes);
        Assert.Equal(RequestMetrics.MaxStatusCodes + 1, lines.Length);
        Assert.Equal("{router=http,service=unbound,code=other} 10", lines[^1]);
    }

    [Fact]
    public void FaultsAreCountedByStageAndCause()
    {
        using RouterMetrics router = new(_registry, "http");
        using DestinationMetrics users = router.ForDestination("/#/users");

        users.CountFault(0, new Fault(FaultStage.Connect, FaultParty.Backend, FaultCause.TimedOut, IsRetryable: true));
        users.CountFault(0, new Fault(FaultStage.Connect, FaultParty.Backend, FaultCause.TimedOut));
        users.CountFault(0, new Fault(FaultStage.ResponseHead, FaultParty.Backend, FaultCause.Closed));
        users.CountFault(0, Fault.None);

        Assert.Equal(
            [
                "{router=http,destination=/#/users,stage=connect,cause=timed_out} 2",
                "{router=http,destination=/#/users,stage=response_head,cause=closed} 1",
            ],
            Lines(RoutingMetricNames.DestinationFaults));
    }

    [Fact]
    public void ARequestThatOutlivesItsSeriesDoesNoHarm()
    {
        using RouterMetrics router = new(_registry, "http");
        DestinationMetrics users = router.ForDestination("/#/users");
        users.Dispose();

        users.Complete(0, 418, false, 1);
        users.CountFault(0, new Fault(FaultStage.Connect, FaultParty.Backend, FaultCause.TimedOut));

        Assert.Empty(Lines(RoutingMetricNames.DestinationCodes));
    }

    [Fact]
    public void APairCountsForItself()
    {
        using RouterMetrics router = new(_registry, "http");
        using PairMetrics pair = router.ForPair("/#/users", "/svc/users");

        pair.Complete(1, success: true, 5_000_000);
        pair.Complete(1, success: false, 5_000_000);

        Assert.Equal(["{router=http,destination=/#/users,service=/svc/users} 2"], Lines(RoutingMetricNames.PairRequests));
        Assert.Equal(["{router=http,destination=/#/users,service=/svc/users} 1"], Lines(RoutingMetricNames.PairFailures));
        Assert.Equal(2, pair.Latency.Snapshot().Count);
    }

    [Theory]
    [InlineData(99)]
    [InlineData(-1)]
    [InlineData(600)]
    [InlineData(int.MaxValue)]
    public void AStatusThatDoesNotExistCountsAsFiveHundred(int status)
    {
        using RouterMetrics router = new(_registry, "http");

        router.Unbound.Complete(0, status, success: false, 1);

        Assert.Equal(1, router.Unbound.ResponsesLike(500));
    }

    [Fact]
    public void DisposingADestinationRemovesItsSeriesAndNoOther()
    {
        using RouterMetrics router = new(_registry, "http");
        DestinationMetrics users = router.ForDestination("/#/io.l5d.fs/users");
        using DestinationMetrics orders = router.ForDestination("/#/io.l5d.fs/orders");

        users.Dispose();

        Assert.Equal(["{router=http,destination=/#/io.l5d.fs/orders} 0"], Lines(RoutingMetricNames.DestinationRequests));
        Assert.Equal(5, Lines(RoutingMetricNames.DestinationResponses).Length);
    }

    [Fact]
    public void ADestinationThatComesBackBeforeItsOldHandleGoesKeepsItsCounts()
    {
        using RouterMetrics router = new(_registry, "http");
        DestinationMetrics old = router.ForDestination("/#/io.l5d.fs/users");
        old.Success.Add(1, 7);

        using DestinationMetrics restarted = router.ForDestination("/#/io.l5d.fs/users");
        old.Dispose();

        Assert.Equal(7, restarted.Requests);
        Assert.Equal(["{router=http,destination=/#/io.l5d.fs/users} 7"], Lines(RoutingMetricNames.DestinationRequests));
    }

    [Fact]
    public void RejectionsAreCountedByTheirReason()
    {
        using RouterMetrics router = new(_registry, "http");
        using ServerMetrics server = router.ForServer("0.0.0.0/4140", "HeadTooLarge", "BadRequestLine");

        server.RejectionFor("BadRequestLine").Add(0);
        server.Rejections[1].Add(1);
        server.RejectionFor("never heard of").Add(0);

        Assert.Equal(
            [
                "{router=http,server=0.0.0.0/4140,reason=HeadTooLarge} 0",
                "{router=http,server=0.0.0.0/4140,reason=BadRequestLine} 2",
                "{router=http,server=0.0.0.0/4140,reason=other} 1",
            ],
            Lines(RoutingMetricNames.ServerRejections));
    }

    [Fact]
    public void CompletingARequestAllocatesNothing()
    {
        using RouterMetrics router = new(_registry, "http");
        router.Unbound.Complete(1, 200, true, 1);

        Assert.Equal(0, Allocated.Least(() =>
        {
            for (int i = 0; i < 1_000; i++) router.Unbound.Complete(1, 200, true, i);
        }));
    }
}
