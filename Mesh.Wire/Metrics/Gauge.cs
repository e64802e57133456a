namespace Mesh.Wire.Metrics;

/// <summary>A value that is asked for when somebody looks: it costs nothing in between.</summary>
/// <remarks>
/// While one holder of a series takes over from another, both have registered a callback; the newest answers, and the older again when
/// the newer goes.
/// </remarks>
public sealed class Gauge : Instrument
{
    private Func<double>? _read;
    private MetricScope? _holder;
    private List<(MetricScope Holder, Func<double> Read)>? _older;

    internal Gauge()
    {
    }

    /// <summary>What the callback says now; NaN when it throws, because one broken gauge must not hide all the others. Any thread.</summary>
    public double Value
    {
        get
        {
            if (Volatile.Read(ref _read) is not { } read) return double.NaN;
            try
            {
                return read();
            }
            catch (Exception)
            {
                return double.NaN;
            }
        }
    }

    /// <remarks>Under the registry's lock.</remarks>
    internal void Attach(MetricScope holder, Func<double> read)
    {
        // A holder that asks again has one reader: its newest.
        _older?.RemoveAll(each => each.Holder == holder);
        if (_holder is { } older && older != holder) (_older ??= new(1)).Add((older, _read!));
        _holder = holder;
        Volatile.Write(ref _read, read);
    }

    /// <summary>Forgets all that a holder has attached.</summary>
    /// <remarks>Under the registry's lock.</remarks>
    internal void Detach(MetricScope holder)
    {
        _older?.RemoveAll(each => each.Holder == holder);
        if (_holder != holder) return;
        (MetricScope? Holder, Func<double>? Read) next = _older is { Count: > 0 } older ? older[^1] : default;
        if (next.Holder is not null) _older!.RemoveAt(_older.Count - 1);
        _holder = next.Holder;
        Volatile.Write(ref _read, next.Read);
    }
}
