using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Mesh.Node.Telemetry;
using Mesh.Node.Telemetry.Linkerd;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Routing.Telemetry;
using Mesh.Tests.Kit;
using Mesh.Tests.Routing.Destinations;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.Telemetry;

/// <summary>What is counted of a destination's decisions, in our names and in Linkerd's.</summary>
public sealed class DestinationSeriesTests : IDisposable
{
    private readonly MetricRegistry _registry = new(stripes: 1);
    private readonly RouterMetrics _router;
    private readonly DestinationFixture _users = new(
        new DestinationOptions
        {
            Balancer = new BalancerConfig { Kind = BalancerKind.Heap, EnableProbation = true },
            Accrual = new AccrualConfig.ConsecutiveFailures
            {
                Failures = 1, MaxEjectedShare = 0.2, Backoff = new BackoffConfig.Constant(TimeSpan.FromSeconds(7)),
            },
        },
        [.. Enumerable.Range(1, 6).Select(port => (port, 1.0))]);

    public DestinationSeriesTests()
    {
        _router = new RouterMetrics(_registry, "out");
        _ = new DestinationSeries(_router.ForDestination("/#/io.l5d.fs/users"), _users.Destination);
        Happen();
    }

    public void Dispose() => _router.Dispose();

    [Theory]
    [InlineData("endpoints", "dead", 1)]
    [InlineData("endpoints", "probing", 0)]
    [InlineData("endpoints", "sick", 1)]
    [InlineData("endpoints", "pushback", 1)]
    [InlineData("endpoints", "probation", 1)]
    [InlineData("endpoints", "alive", 2)]
    [InlineData("panic", null, 0)]
    [InlineData("breaker_deaths_total", null, 1)]
    [InlineData("breaker_rest_seconds_total", null, 7)]
    [InlineData("ejections_refused_total", null, 1)]
    [InlineData("pushbacks_total", null, 1)]
    [InlineData("sickenings_total", null, 2)]
    [InlineData("recoveries_total", null, 1)]
    [InlineData("endpoint_joins_total", null, 6)]
    [InlineData("endpoint_leaves_total", null, 0)]
    [InlineData("probations_total", null, 1)]
    [InlineData("address_updates_total", null, 2)]
    [InlineData("balancer_rebuilds_total", null, 1)]
    public void EachDecision_HasASeries(string name, string? phase, double expected)
    {
        string labels = "router=\"out\",destination=\"/#/io.l5d.fs/users\"" + (phase is null ? "" : $",phase=\"{phase}\"");
        ArrayBufferWriter<byte> output = new();

        PrometheusText.Write(_registry, output);

        string text = Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.Contains($"mesh_destination_{name}{{{labels}}} {expected}\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("loadbalancer:size", "6.0")]
    [InlineData("loadbalancer:available", "4.0")]
    [InlineData("loadbalancer:busy", "2.0")]
    [InlineData("loadbalancer:closed", "0.0")]
    [InlineData("loadbalancer:adds", "6")]
    [InlineData("loadbalancer:removes", "0")]
    [InlineData("loadbalancer:updates", "2")]
    [InlineData("loadbalancer:rebuilds", "1")]
    [InlineData("loadbalancer:algorithm:heap_least_loaded", "1.0")]
    [InlineData("failure_accrual:removals", "1")]
    [InlineData("failure_accrual:removed_for_ms", "7000")]
    public void LinkerdsNames_HaveTheirPlaces(string name, string expected)
    {
        using LinkerdTree tree = new(_registry, new FakeTime());

        string text = string.Concat(LinkerdPrometheusText.Lines(tree.Read(), tree.Windows, ""));

        Assert.Matches(new Regex($"^rt:client:{name}{{[^}}]*}} {Regex.Escape(expected)}$", RegexOptions.Multiline), text);
    }

    /// <summary>Of six: one dies and one is spared, one falls ill, one recovers, one asks to be spared, one is dropped by discovery.</summary>
    private void Happen()
    {
        _users.PickAt(_users.Endpoints[0]).Complete(Outcome.Failure, _users.Now);
        _users.PickAt(_users.Endpoints[1]).Complete(Outcome.Failure, _users.Now);
        _users.Endpoints[2].SetSick(true);
        _users.Endpoints[1].SetSick(true);
        _users.Endpoints[1].SetSick(false);
        _users.PickAt(_users.Endpoints[3]).Complete(Outcome.Pushback, _users.Now, DestinationFixture.Second);
        _users.Become(DestinationFixture.Set([.. Enumerable.Range(1, 5).Select(port => (port, 1.0))]));
    }
}
