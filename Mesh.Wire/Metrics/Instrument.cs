namespace Mesh.Wire.Metrics;

/// <summary>What a series is read from: exactly one of <see cref="Counter"/>, <see cref="Gauge"/>, <see cref="Histogram"/>.</summary>
public abstract class Instrument
{
    private protected Instrument()
    {
    }
}
