using Mesh.Node.Telemetry;
using Mesh.Node.Telemetry.Linkerd;
using Mesh.Routing.Telemetry;
using Mesh.Tests.Kit;
using Mesh.Wire.Faults;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.Telemetry.Linkerd;

public sealed class LinkerdTreeTests : IDisposable
{
    private readonly MetricRegistry _registry = new(stripes: 1);
    private readonly RouterMetrics _router;
    private readonly LinkerdTree _tree;

    public LinkerdTreeTests()
    {
        _router = new RouterMetrics(_registry, "http");
        _tree = new LinkerdTree(_registry, new FakeTime());
    }

    public void Dispose()
    {
        _tree.Dispose();
        _router.Dispose();
    }

    private double Value(string path)
    {
        Assert.True(_tree.Read().TryFind(path, out MetricNode? node), path);
        return node.Metric!.Kind == LinkerdKind.Stat ? _tree.Windows.Summarize(node.Metric)!.Count : node.Metric.Value;
    }

    [Theory]
    [InlineData("requests", 3)]
    [InlineData("success", 2)]
    [InlineData("failures", 1)]
    [InlineData("request_latency_ms", 3)]
    [InlineData("time/2XX", 2)]
    [InlineData("time/error", 1)]
    [InlineData("status/2XX", 2)]
    [InlineData("status/200", 1)]
    [InlineData("status/204", 1)]
    [InlineData("status/error", 1)]
    [InlineData("failures/com.twitter.finagle.ChannelClosedException", 1)]
    public void ServerAndClient_TellTheirRequests(string name, double value)
    {
        using ServerMetrics server = _router.ForServer("0.0.0.0/4140");
        using DestinationMetrics client = _router.ForDestination("/#/io.l5d.fs/web");
        RequestMetrics[] viewpoints = [server, client];
        foreach (RequestMetrics viewpoint in viewpoints)
        {
            viewpoint.Complete(0, 200, true, 1);
            viewpoint.Complete(0, 204, true, 1);
            viewpoint.Complete(0, 0, false, 1);
            viewpoint.CountFault(0, new Fault(FaultStage.ResponseHead, FaultParty.Backend, FaultCause.Closed));
        }

        Assert.Equal(value, Value("rt/http/server/0.0.0.0/4140/" + name));
        Assert.Equal(value, Value("rt/http/client/#/io.l5d.fs/web/" + name));
    }

    [Fact]
    public void Service_AndPair_StandUnderTheirNames()
    {
        using ServiceMetrics service = _router.ForService("/svc/web");
        using PairMetrics pair = _router.ForPair("/#/io.l5d.fs/web", "/svc/web");
        service.Complete(0, 503, false, 1);
        service.ObservePending(() => 4);
        pair.Complete(0, true, 1);

        Assert.Equal(1, Value("rt/http/service/svc/web/failures"));
        Assert.Equal(4, Value("rt/http/service/svc/web/pending"));
        Assert.Equal(1, Value("rt/http/client/#/io.l5d.fs/web/service/svc/web/requests"));
        Assert.Equal(1, Value("rt/http/client/#/io.l5d.fs/web/service/svc/web/success"));
    }

    [Theory]
    [InlineData("request/stream/data_bytes", 2)]
    [InlineData("request/stream/stream_duration_ms", 2)]
    [InlineData("request/stream/stream_success", 2)]
    [InlineData("request/stream/stream_failures", 0)]
    [InlineData("response/stream/data_bytes", 2)]
    [InlineData("response/stream/stream_duration_ms", 2)]
    [InlineData("response/stream/stream_success", 1)]
    [InlineData("response/stream/stream_failures", 1)]
    [InlineData("stream/total_latency_ms", 2)]
    [InlineData("stream/stream_success", 1)]
    [InlineData("stream/stream_failures", 1)]
    public void Streams_StandUnderEveryViewpoint(string name, double value)
    {
        using ServerMetrics server = _router.ForServer("0.0.0.0/4140");
        using ServiceMetrics service = _router.ForService("/svc/web");
        using DestinationMetrics client = _router.ForDestination("/#/io.l5d.fs/web");
        using PairMetrics pair = _router.ForPair("/#/io.l5d.fs/web", "/svc/web");
        BodyRecord body = new(100, 5_000_000, IsWhole: true);
        StreamMetrics[] viewpoints = [server.Streams, service.Streams, client.Streams, pair.Streams];
        foreach (StreamMetrics viewpoint in viewpoints)
        {
            viewpoint.Complete(0, new StreamRecord(body, body, 10_000_000, IsWhole: true));
            viewpoint.Complete(0, new StreamRecord(body, body with { IsWhole = false }, 10_000_000, IsWhole: false));
        }

        Assert.Equal(value, Value("rt/http/server/0.0.0.0/4140/" + name));
        Assert.Equal(value, Value("rt/http/service/svc/web/" + name));
        Assert.Equal(value, Value("rt/http/client/#/io.l5d.fs/web/" + name));
        if (!name.StartsWith("stream/", StringComparison.Ordinal)) return;
        Assert.Equal(value, Value("rt/http/client/#/io.l5d.fs/web/service/svc/web/" + name));
    }

    [Fact]
    public void SeriesThatComeToOnePlace_AreOneDistribution()
    {
        using ServerMetrics server = _router.ForServer("s");
        server.Streams.Complete(0, new StreamRecord(new BodyRecord(0, 2_000_000, IsWhole: true), null, 2_000_000, IsWhole: true));
        server.Streams.Complete(0, new StreamRecord(new BodyRecord(7, 40_000_000, IsWhole: false), null, 40_000_000, IsWhole: false));
        Assert.True(_tree.Read().TryFind("rt/http/server/s/stream/total_latency_ms", out MetricNode? total));
        Assert.True(_tree.Read().TryFind("rt/http/server/s/request/stream/data_bytes", out MetricNode? bytes));

        LinkerdSummary duration = _tree.Windows.Summarize(total.Metric!)!;
        LinkerdSummary payload = _tree.Windows.Summarize(bytes.Metric!)!;

        Assert.Equal((2, 42), (duration.Count, duration.Sum));
        Assert.InRange(duration.Quantile(0), 1.95, 2.05);
        Assert.InRange(duration.Quantile(1), 39, 41);
        Assert.Equal((0, 7, 7), (payload.Quantile(0), payload.Quantile(1), payload.Sum));
    }

    [Fact]
    public void SeriesThatComeToOnePlace_AreAddedUp()
    {
        LabelSet labels = LabelSet.Of((RoutingMetricLabels.Router, "http"), (RoutingMetricLabels.Destination, "/#/a"));
        (string Phase, double Count)[] phases = [("alive", 5), ("dead", 2), ("probing", 1)];
        foreach ((string phase, double count) in phases)
        {
            _registry.Gauge(DataPlaneMetricNames.Endpoints, "E.", labels.With((DataPlaneMetricLabels.Phase, phase)), () => count);
        }

        Assert.Equal((8, 5, 3), (Value(Balancer("size")), Value(Balancer("available")), Value(Balancer("busy"))));

        static string Balancer(string name) => "rt/http/client/#/a/loadbalancer/" + name;
    }

    [Fact]
    public void SeriesThatComeAndGo_ComeAndGoInTheTree()
    {
        bool before = _tree.Read().TryFind("rt/http/client", out _);
        DestinationMetrics client = _router.ForDestination("/#/a");
        bool present = _tree.Read().TryFind("rt/http/client/#/a", out _);
        client.Dispose();

        Assert.Equal((false, true, false), (before, present, _tree.Read().TryFind("rt/http/client", out _)));
        Assert.Same(_tree.Read(), _tree.Read());
    }

    [Fact]
    public void OverflowSeries_HasNoPlace()
    {
        MetricRegistry small = new(stripes: 1, maximumSeries: 2);
        using RouterMetrics router = new(small, "http");
        using LinkerdTree tree = new(small, new FakeTime());

        Assert.Empty(tree.Read().Children);
    }

    [Fact]
    public void Process_TellsWhatARuntimeCan()
    {
        FakeTime time = new();
        RuntimeMetrics.Register(_registry, time);
        time.Advance(TimeSpan.FromSeconds(90));

        Assert.Equal(90_000, Value("jvm/uptime"));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds(), Value("jvm/start_time"));
        Assert.Equal(Environment.ProcessorCount, Value("jvm/num_cpus"));
        string[] positive = ["heap/used", "heap/max", "thread/count", "fd_count", "fd_limit"];
        Assert.All(positive, name => Assert.True(Value("jvm/" + name) > 0, name));
    }

    [Theory]
    [InlineData(FaultStage.Connect, FaultCause.Unreachable, "com.twitter.finagle.ConnectionFailedException")]
    [InlineData(FaultStage.Pool, FaultCause.Overloaded, "com.twitter.finagle.TooManyWaitersException")]
    [InlineData(FaultStage.ResponseHead, FaultCause.TimedOut, "com.twitter.finagle.IndividualRequestTimeoutException")]
    [InlineData(FaultStage.Bind, FaultCause.Unbound, "com.twitter.finagle.NoBrokersAvailableException")]
    [InlineData(FaultStage.Identify, FaultCause.Unidentified, "io.buoyant.router.RoutingFactory$UnknownDst")]
    [InlineData(FaultStage.ResponseHead, FaultCause.Bug, LinkerdExceptions.Other)]
    public void Fault_HasAnExceptionsName(FaultStage stage, FaultCause cause, string name) =>
        Assert.Equal(name, LinkerdExceptions.NameOf(FaultLabels.Of(stage), FaultLabels.Of(cause)));
}
