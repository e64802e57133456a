using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.Telemetry.Linkerd;

/// <summary>The cases of Linkerd's own test of its Prometheus telemeter, and those where we do better.</summary>
public sealed class LinkerdPrometheusTextTests : IDisposable
{
    private readonly TreeKit _tree = new();

    public static TheoryData<string[], string> Places => new()
    {
        { ["foo", "bar", "bas"], "foo:bar:bas" },
        { ["foo", "b-a.r", "bas_q"], "foo:b_a_r:bas_q" },
        { ["rt", "in", "service", "/svc/foo", "requests"], "rt:service:requests{rt=\"in\", service=\"/svc/foo\"}" },
        { ["rt", "in", "client", "/#/bar", "requests"], "rt:client:requests{rt=\"in\", client=\"/#/bar\"}" },
        {
            ["rt", "in", "client", "/#/bar", "service", "/svc/foo", "requests"],
            "rt:client:service:requests{rt=\"in\", client=\"/#/bar\", service=\"/svc/foo\"}"
        },
        { ["rt", "in", "server", "127.0.0.1/4141", "requests"], "rt:server:requests{rt=\"in\", server=\"127.0.0.1/4141\"}" },
        { ["rt", "in", "client", "#/a", "loadbalancer", "size"], "rt:client:loadbalancer:size{rt=\"in\", client=\"#/a\"}" },
        { ["rt", "in", "client", "#/a", "status", "5XX"], "rt:client:status:5XX{rt=\"in\", client=\"#/a\"}" },
        { ["rt", "in", "bindcache", "path", "misses"], "rt:bindcache:path:misses{rt=\"in\"}" },
        { ["rt", "rt", "service", "service", "x"], "rt:service:x{rt=\"rt\", service=\"service\"}" },
        { ["rt", "in", "service", "#/f", "failures", "bar"], "rt:service:failures{rt=\"in\", service=\"#/f\", exception=\"bar\"}" },
        { ["rt", "in", "client", "#/f", "failures", "bar", "qux"], "rt:client:failures{rt=\"in\", client=\"#/f\", exception=\"bar:qux\"}" },
        { ["rt", "in", "server", "1/2", "exn", "thud"], "rt:server:exceptions{rt=\"in\", server=\"1/2\", exception=\"thud\"}" },
        { ["rt", "foo", "non_stack", "bar", "exception", "quux"], "rt:non_stack:bar:exception:quux{rt=\"foo\"}" },
    };

    public void Dispose() => _tree.Dispose();

    [Theory]
    [MemberData(nameof(Places))]
    public void Scopes_BecomeNameAndLabels(string[] place, string text)
    {
        _tree.Counter(7, place);

        Assert.Equal($"linkerd_{text} 7\n", _tree.Prometheus());
    }

    [Theory]
    [InlineData(1, "1.0")]
    [InlineData(0.25, "0.25")]
    [InlineData(1767225600000, "1767225600000.0")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    public void Gauges_HaveAFraction(double value, string text)
    {
        _tree.Gauge(value, "foo", "bar");

        Assert.Equal($"foo:bar {text}\n", _tree.Prometheus(prefix: ""));
    }

    [Fact]
    public void Counters_AreWholeHoweverLarge()
    {
        _tree.Counter(9_000_000_000_000, "foo");

        Assert.Equal("foo 9000000000000\n", _tree.Prometheus(prefix: ""));
    }

    [Theory]
    [InlineData("""\x5b\x5d""", """\\x5b\\x5d""")]
    [InlineData("un\"esc", "un\\\"esc")]
    [InlineData("two\nlines", "two\\nlines")]
    [InlineData("grün", "grün")]
    public void LabelValues_AreEscapedAsPrometheusWants(string value, string text)
    {
        _tree.Counter(1, "rt", "in", "service", value, "requests");

        Assert.Equal($"rt:service:requests{{rt=\"in\", service=\"{text}\"}} 1\n", _tree.Prometheus(prefix: ""));
    }

    [Fact]
    public void Distribution_IsASummaryInMilliseconds()
    {
        Histogram latency = _tree.Stat("rt", "in", "server", "1/2", "request_latency_ms");
        for (int i = 0; i < 100; i++) latency.Record(0, 2_000_000);

        string[] lines = _tree.Prometheus(prefix: "").TrimEnd('\n').Split('\n');

        const string labels = "rt=\"in\", server=\"1/2\"";
        Assert.Equal($"rt:server:request_latency_ms_count{{{labels}}} 100", lines[0]);
        Assert.Equal($"rt:server:request_latency_ms_sum{{{labels}}} 200", lines[1]);
        Assert.Equal($"rt:server:request_latency_ms_avg{{{labels}}} 2.0", lines[2]);
        string[] quantiles = ["0", "0.5", "0.9", "0.95", "0.99", "0.999", "0.9999", "1"];
        Assert.Equal(
            quantiles.Select(q => $"rt:server:request_latency_ms{{{labels}, quantile=\"{q}\"}}"),
            lines[3..].Select(line => line[..line.LastIndexOf(' ')]));
        Assert.All(lines[3..], line => Assert.InRange(double.Parse(line[(line.LastIndexOf(' ') + 1)..], null), 1.95, 2.05));
    }

    [Fact]
    public void EmptyDistribution_IsNotWritten()
    {
        _tree.Stat("foo", "bar");

        Assert.Equal("", _tree.Prometheus());
    }

    [Fact]
    public void PlaceThatCountsAndHasPlacesBelow_IsWrittenFirst()
    {
        _tree.Counter(2, "rt", "in", "client", "#/a", "failures", "x.Y");
        _tree.Counter(3, "rt", "in", "client", "#/a", "failures");

        Assert.Equal(
            "rt:client:failures{rt=\"in\", client=\"#/a\"} 3\nrt:client:failures{rt=\"in\", client=\"#/a\", exception=\"x.Y\"} 2\n",
            _tree.Prometheus(prefix: ""));
    }
}
