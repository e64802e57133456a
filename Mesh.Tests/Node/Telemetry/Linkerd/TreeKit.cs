using Mesh.Node.Telemetry.Linkerd;
using Mesh.Tests.Kit;
using Mesh.Wire.Metrics;

namespace Mesh.Tests.Node.Telemetry.Linkerd;

/// <summary>A tree filled by hand, and the texts made of it.</summary>
internal sealed class TreeKit : IDisposable
{
    private readonly MetricRegistry _registry = new(stripes: 1);
    private int _made;

    public TreeKit() => Windows = new HistogramWindows(_registry, new FakeTime());

    public MetricNode Root { get; } = new();

    public HistogramWindows Windows { get; }

    public void Counter(long value, params string[] place)
    {
        Counter counter = _registry.Counter($"c{++_made}", "C.", LabelSet.Empty);
        counter.Add(0, value);
        Root.MetricAt(place, LinkerdKind.Counter).Add(counter, 1);
    }

    public void Gauge(double value, params string[] place) =>
        Root.MetricAt(place, LinkerdKind.Gauge).Add(_registry.Gauge($"g{++_made}", "G.", LabelSet.Empty, () => value), 1);

    /// <summary>A distribution in milliseconds.</summary>
    public Histogram Stat(params string[] place)
    {
        Histogram histogram = _registry.Histogram($"h{++_made}", "H.", HistogramUnit.Seconds, LabelSet.Empty);
        Root.MetricAt(place, LinkerdKind.Stat).Add(histogram, 1e-6);
        return histogram;
    }

    public string Prometheus(string prefix = "linkerd_") => string.Concat(LinkerdPrometheusText.Lines(Root, Windows, prefix));

    public string Influx(string host = "none") => string.Concat(LinkerdInfluxText.Lines(Root, Windows, host));

    public void Dispose() => Windows.Dispose();
}
