using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>The value at a place: the weighted sum of the instruments that came there, or their distributions in one.</summary>
internal sealed class LinkerdMetric(LinkerdKind kind)
{
    private readonly List<(Instrument Instrument, double Factor)> _parts = [];
    private readonly List<Histogram> _histograms = [];

    public LinkerdKind Kind => kind;

    /// <summary>Of a <see cref="LinkerdKind.Stat"/>, all in one unit; none otherwise.</summary>
    public IReadOnlyList<Histogram> Histograms => _histograms;

    /// <summary>From the histograms' unit to the one shown.</summary>
    public double HistogramFactor { get; private set; }

    /// <summary>What a counter or gauge says now; NaN when an instrument cannot tell.</summary>
    public double Value
    {
        get
        {
            double sum = 0;
            foreach ((Instrument instrument, double factor) in _parts)
            {
                sum += factor * instrument switch
                {
                    Counter counter => counter.Value,
                    Histogram histogram => histogram.Count,
                    _ => ((Gauge)instrument).Value,
                };
            }

            return sum;
        }
    }

    /// <summary>Another instrument comes here; where values are counted, a distribution brings how many it has.</summary>
    public void Add(Instrument instrument, double factor)
    {
        if (kind == LinkerdKind.Stat && instrument is Histogram histogram)
        {
            _histograms.Add(histogram);
            HistogramFactor = factor;
        }
        else
        {
            _parts.Add((instrument, factor));
        }
    }
}
