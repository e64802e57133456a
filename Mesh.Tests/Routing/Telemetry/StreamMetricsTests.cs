using Mesh.Routing.Telemetry;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Routing.Telemetry;

public sealed class StreamMetricsTests
{
    private readonly MetricRegistry _registry = new(stripes: 2);

    private static StreamRecord Whole() => new(
        new BodyRecord(10, 1_000_000, IsWhole: true), new BodyRecord(20, 2_000_000, IsWhole: true), 4_000_000, IsWhole: true);

    private Histogram? Series(string name, string? end = null) => (Histogram?)_registry.Families()
        .SingleOrDefault(family => family.Name == name)?.Series
        .SingleOrDefault(series => end is null || series.Labels.Labels.Contains(new MetricLabel("end", end))).Instrument;

    private int Count() => _registry.Families()
        .Where(family => family.Name.Contains("_stream_", StringComparison.Ordinal)).Sum(family => family.Series.Length);

    [Fact]
    public void NothingIsShown_BeforeTheFirstStream()
    {
        using RouterMetrics router = new(_registry, "h2");
        using ServerMetrics server = router.ForServer("s");

        int before = Count();
        server.Streams.Complete(1, Whole());

        Assert.Equal((0, 5), (before, Count()));
    }

    [Fact]
    public void WholeAndResetStreams_HaveDistributionsOfTheirOwn()
    {
        using RouterMetrics router = new(_registry, "h2");
        using DestinationMetrics destination = router.ForDestination("/#/a");

        destination.Streams.Complete(1, Whole());
        destination.Streams.Complete(1, new StreamRecord(new BodyRecord(5, 9_000_000, IsWhole: false), null, 9_000_000, IsWhole: false));

        Assert.Equal(2, Series("mesh_destination_stream_request_bytes")!.Count);
        Assert.Equal(15, Series("mesh_destination_stream_request_bytes")!.Snapshot().Sum);
        Assert.Equal(20, Series("mesh_destination_stream_response_bytes")!.Snapshot().Sum);
        Assert.Equal(1_000_000, Series("mesh_destination_stream_request_duration_seconds", "whole")!.Snapshot().Sum);
        Assert.Equal(9_000_000, Series("mesh_destination_stream_request_duration_seconds", "reset")!.Snapshot().Sum);
        Assert.Equal(2_000_000, Series("mesh_destination_stream_response_duration_seconds", "whole")!.Snapshot().Sum);
        Assert.Null(Series("mesh_destination_stream_response_duration_seconds", "reset"));
        Assert.Equal(4_000_000, Series("mesh_destination_stream_duration_seconds", "whole")!.Snapshot().Sum);
        Assert.Equal(9_000_000, Series("mesh_destination_stream_duration_seconds", "reset")!.Snapshot().Sum);
    }

    [Fact]
    public void StreamThatOutlivesItsName_IsNotCounted_AndDoesNoHarm()
    {
        using RouterMetrics router = new(_registry, "h2");
        PairMetrics pair = router.ForPair("/#/a", "/svc/a");
        pair.Dispose();

        pair.Streams.Complete(1, Whole());

        Assert.Equal(0, Count());
    }

    [Fact]
    public void CompletingAllocatesNothing_OnceTheSeriesAreThere()
    {
        using RouterMetrics router = new(_registry, "h2");
        using ServiceMetrics service = router.ForService("/svc/a");
        for (int i = 0; i < 100; i++) service.Streams.Complete(1, Whole());
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 1_000; i++) service.Streams.Complete(1, Whole());

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
