using System.Collections.Immutable;

namespace Mesh.Wire.Metrics;

/// <summary>A value that is asked for when somebody looks: it costs nothing in between.</summary>
/// <remarks>
/// While one holder of a series takes over from another, both have registered a callback; the newest answers, and the older again when
/// the newer goes.
/// </remarks>
public sealed class Gauge : Instrument
{
    private ImmutableArray<Func<double>> _reads = [];

    internal Gauge()
    {
    }

    /// <summary>What the callback says now; NaN when it throws, because one broken gauge must not hide all the others. Any thread.</summary>
    public double Value
    {
        get
        {
            ImmutableArray<Func<double>> reads = _reads;
            if (reads.IsEmpty) return double.NaN;
            try
            {
                return reads[^1]();
            }
            catch (Exception)
            {
                return double.NaN;
            }
        }
    }

    /// <remarks>Under the registry's lock.</remarks>
    internal void Attach(Func<double> read) => ImmutableInterlocked.Update(ref _reads, static (all, one) => all.Add(one), read);

    /// <remarks>Under the registry's lock.</remarks>
    internal void Detach(Func<double> read) => ImmutableInterlocked.Update(ref _reads, static (all, one) => all.Remove(one), read);
}
