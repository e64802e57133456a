using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>The value at a place: the weighted sum of the instruments that came there, or one distribution.</summary>
internal sealed class LinkerdMetric(LinkerdKind kind)
{
    private readonly List<(Instrument Instrument, double Factor)> _parts = [];

    public LinkerdKind Kind => kind;

    /// <summary>Of a <see cref="LinkerdKind.Stat"/>; null otherwise.</summary>
    public Histogram? Histogram { get; private set; }

    /// <summary>From the histogram's unit to the one shown.</summary>
    public double HistogramFactor { get; private set; }

    /// <summary>What a counter or gauge says now; NaN when an instrument cannot tell.</summary>
    public double Value
    {
        get
        {
            double sum = 0;
            foreach ((Instrument instrument, double factor) in _parts)
            {
                sum += factor * (instrument is Counter counter ? counter.Value : ((Gauge)instrument).Value);
            }

            return sum;
        }
    }

    public void Add(Instrument instrument, double factor)
    {
        if (instrument is Histogram histogram)
        {
            Histogram = histogram;
            HistogramFactor = factor;
        }
        else
        {
            _parts.Add((instrument, factor));
        }
    }
}
