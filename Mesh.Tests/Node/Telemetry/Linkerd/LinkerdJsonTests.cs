using System.Buffers;
using System.Text;
using System.Text.Json;
using Mesh.Node.Telemetry.Linkerd;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.Telemetry.Linkerd;

/// <summary>The cases of Linkerd's own test of metrics.json.</summary>
public sealed class LinkerdJsonTests : IDisposable
{
    private readonly TreeKit _tree = new();

    public void Dispose() => _tree.Dispose();

    private string Flat(string q = "") => Written(q, LinkerdJson.WriteFlat);

    private string Nested(string q = "") => Written(q, LinkerdJson.WriteTree);

    private string Written(string q, Action<Utf8JsonWriter, MetricNode, HistogramWindows> write)
    {
        Assert.True(_tree.Root.TryFind(q, out MetricNode? root));
        ArrayBufferWriter<byte> output = new();
        using (Utf8JsonWriter json = new(output)) write(json, root, _tree.Windows);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    [Fact]
    public void WholeNumbers_KeepAllTheirDigits() => Assert.Equal("9007199254740991", LinkerdNumbers.Whole(9007199254740991));

    [Fact]
    public void Flat_JoinsScopesBySlashes()
    {
        _tree.Counter(2, "foo", "bar", "bas");
        _tree.Gauge(1, "foo", "g");

        Assert.Equal("""{"foo/bar/bas":2,"foo/g":1.0}""", Flat());
    }

    [Fact]
    public void Tree_NamesTheKind()
    {
        _tree.Counter(1, "foo", "bar", "bas");
        _tree.Gauge(2, "foo", "bar");

        Assert.Equal("""{"foo":{"bar":{"gauge":2.0,"bas":{"counter":1}}}}""", Nested());
    }

    [Theory]
    [InlineData("foo/bar")]
    [InlineData("/foo/bar/")]
    public void Subtree_IsNamedFromThere(string q)
    {
        _tree.Counter(1, "foo", "bar", "bas");
        _tree.Counter(1, "foo", "bar", "bass");
        _tree.Counter(1, "x", "y", "z");

        Assert.Equal("""{"bas":1,"bass":1}""", Flat(q));
        Assert.Equal("""{"bas":{"counter":1},"bass":{"counter":1}}""", Nested(q));
    }

    [Fact]
    public void Subtree_IsFoundWhereANameHoldsSlashes()
    {
        _tree.Counter(3, "rt", "http", "service", "svc/web", "requests");
        _tree.Counter(4, "rt", "http", "service", "svc", "requests");

        Assert.Equal("""{"requests":3}""", Flat("rt/http/service/svc/web"));
        Assert.Equal("""{"requests":4}""", Flat("rt/http/service/svc"));
        Assert.Equal("""{"":4}""", Flat("rt/http/service/svc/requests"));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("fo")]
    [InlineData("foo/bar/bas/more")]
    public void Subtree_ThatIsNotThere_IsNotFound(string q)
    {
        _tree.Counter(1, "foo", "bar", "bas");

        Assert.False(_tree.Root.TryFind(q, out _));
    }

    [Fact]
    public void Distribution_HasLinkerdsKeys()
    {
        Histogram latency = _tree.Stat("foo", "ms");
        latency.Record(0, 4_000_000);

        using var json = JsonDocument.Parse(Flat());

        string[] keys = ["count", "max", "min", "p50", "p90", "p95", "p99", "p9990", "p9999", "sum", "avg"];
        Assert.Equal(keys.Select(key => "foo/ms." + key), json.RootElement.EnumerateObject().Select(each => each.Name));
        Assert.Equal((1, 4), (json.RootElement.GetProperty("foo/ms.count").GetInt64(), json.RootElement.GetProperty("foo/ms.sum").GetDouble()));
    }

    [Fact]
    public void WhatJsonCannotSay_IsLeftOut()
    {
        _tree.Gauge(double.NaN, "a");
        _tree.Gauge(double.PositiveInfinity, "b");
        _tree.Stat("c");

        Assert.Equal("{}", Flat());
    }
}
