namespace Mesh.Wire.Metrics;

/// <summary>A value that is asked for when somebody looks: it costs nothing in between.</summary>
/// <remarks>
/// While one holder of a series takes over from another, both have registered a callback; the newest answers, and the older again when
/// the newer goes.
/// </remarks>
public sealed class Gauge : Instrument
{
    private Func<double>? _read;
    private List<Func<double>>? _older;

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
    internal void Attach(Func<double> read)
    {
        if (_read is { } older) (_older ??= new(1)).Add(older);
        Volatile.Write(ref _read, read);
    }

    /// <remarks>Under the registry's lock.</remarks>
    internal void Detach(Func<double> read)
    {
        if (_read != read)
        {
            _older?.Remove(read);
            return;
        }

        Func<double>? next = null;
        if (_older is { Count: > 0 } older)
        {
            next = older[^1];
            older.RemoveAt(older.Count - 1);
        }

        Volatile.Write(ref _read, next);
    }
}
