using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Mesh.Node.Health;
using Mesh.Node.Telemetry;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Routing.Telemetry;
using Mesh.Tests.EndToEnd;
using Mesh.Tests.Kit;
using Mesh.Tests.Routing.Destinations;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.Health;

/// <summary>A checker with one destination, on a clock that stands still; checks go to real servers.</summary>
internal sealed class HealthLab : IDisposable
{
    private readonly MetricRegistry _registry = new(stripes: 1);
    private readonly RouterMetrics _router;
    private readonly HealthProbe _probe;
    private readonly DestinationFixture _fixture;

    public HealthLab(HealthCheckConfig? config, params Origin[] origins)
    {
        Config = config;
        _router = new RouterMetrics(_registry, "http");
        Metrics = _router.ForDestination("/#/io.l5d.fs/users");
        _probe = new HealthProbe(Time);
        Checker = new HealthChecker(_probe, _ => Config, Time, seed: 7);
        _fixture = new DestinationFixture(DestinationFixture.Options(BalancerKind.RoundRobin), [.. origins.Select(origin => (origin.Port, 1.0))]);
        Checker.Begin(Destination, Metrics);
    }

    public HealthCheckConfig? Config { get; set; }

    public FakeTime Time { get; } = new();

    public HealthChecker Checker { get; }

    public DestinationMetrics Metrics { get; }

    public Destination Destination => _fixture.Destination;

    public int Done => (int)Metric(DataPlaneMetricNames.HealthChecks);

    public int Sick => Destination.Current.Endpoints.Count(endpoint => endpoint.IsSick);

    public void Dispose()
    {
        Checker.Dispose();
        _probe.Dispose();
        Metrics.Dispose();
        _router.Dispose();
    }

    public double Metric(string name) => _registry.Families().Where(family => family.Name == name)
        .SelectMany(family => family.Series)
        .Sum(series => series.Instrument is Counter counter ? counter.Value : ((Gauge)series.Instrument).Value);

    public Endpoint EndpointOf(Origin origin) => Destination.Current.Endpoints.Single(endpoint => endpoint.Address.Port == origin.Port);

    /// <summary>Makes the namer say that these are all.</summary>
    public void Become(params Origin[] origins) =>
        _fixture.Become(origins.Length == 0 ? AddressState.Neg.Instance : DestinationFixture.Set([.. origins.Select(origin => (origin.Port, 1.0))]));

    /// <summary>The same, of a server that is known by a name.</summary>
    public void Become(Origin origin, string authority)
    {
        var known = (AddressState.Known)DestinationFixture.Set((origin.Port, 1.0));
        _fixture.Become(new AddressState.Known([known.Addresses[0] with { Authority = authority }]));
    }

    /// <summary>A reload of the latency's time constant gives each address a new object.</summary>
    public void ReplaceObjects()
    {
        Destination.NextOptions = Destination.Options with { Balancer = Destination.Options.Balancer with { Decay = TimeSpan.FromSeconds(3) } };
        Destination.Reconfigure(_fixture.Now);
    }

    /// <summary>Lets so many checks happen, one after the other, each as soon as it is due.</summary>
    public async Task CheckAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            int want = Done + 1;
            Begin();
            await UntilAsync(want);
        }
    }

    /// <summary>The next check begins; nothing more.</summary>
    public void Begin() => Assert.True(Time.AdvanceToNext(), "no check is due, ever");

    /// <summary>Waits until so many checks are done, and the next ones are on their timers.</summary>
    public Task UntilAsync(int done) => Eventually.HoldsAsync(
        () => Done == done && Time.PendingTimers == Destination.Current.Endpoints.Length,
        () => $"{Done} checks, want {done}; {Time.PendingTimers} timers");
}
