using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.Telemetry.Linkerd;

/// <summary>The cases of Linkerd's own test of its InfluxDB telemeter, and escapes.</summary>
public sealed class LinkerdInfluxTextTests : IDisposable
{
    private readonly TreeKit _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void CountersWithoutScope_ShareTheRootLine()
    {
        _tree.Counter(2, "def");
        _tree.Counter(1, "abc");

        Assert.Equal("root,host=none abc=1,def=2\n", _tree.Influx());
    }

    [Fact]
    public void Gauge_HasAFraction()
    {
        _tree.Gauge(1, "foo", "bar", "bas");

        Assert.Equal("foo:bar,host=none bas=1.0\n", _tree.Influx());
    }

    [Fact]
    public void PairOfClientAndService_IsTaggedInOrder()
    {
        _tree.Counter(1, "rt", "in", "client", "/#/bar", "service", "/svc/foo", "requests");

        Assert.Equal("rt:client:service,client=/#/bar,host=h:9990,rt=in,service=/svc/foo requests=1\n", _tree.Influx("h:9990"));
    }

    [Fact]
    public void TagsThatHoldTheProtocolsOwnCharacters_AreEscaped()
    {
        _tree.Counter(1, "rt", "in", "service", "a b,c=d", "requests");

        Assert.Equal("rt:service,host=none,rt=in,service=a\\ b\\,c\\=d requests=1\n", _tree.Influx());
    }

    [Fact]
    public void Distribution_IsElevenFields()
    {
        Histogram latency = _tree.Stat("foo", "bas");
        latency.Record(0, 2_000_000);

        string line = _tree.Influx();

        string[] names = ["avg", "count", "max", "min", "p50", "p90", "p95", "p99", "p999", "p9999", "sum"];
        Assert.Equal(names.Select(name => "bas_" + name), line.Split(' ')[1].Split(',').Select(field => field.Split('=')[0]));
    }
}
