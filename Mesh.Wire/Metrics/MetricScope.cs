namespace Mesh.Wire.Metrics;

/// <summary>Series that come and go together, for example those of one destination.</summary>
/// <remarks>
/// Any thread, never on the hot path: resolve once, keep the instrument. A series that several scopes asked for is one series and goes
/// with the last of them. Instruments still work after their scope is gone; nobody reads them then, so a request that
/// outlives its destination does no harm.
/// </remarks>
public sealed class MetricScope : IDisposable
{
    private readonly MetricRegistry _registry;
    private SeriesState? _owned;
    private HashSet<SeriesState>? _shared;
    private StripedCells? _block;
    private List<ILateSeries>? _late;
    private bool _disposed;

    internal MetricScope(MetricRegistry registry) => _registry = registry;

    /// <summary>A counter to add to.</summary>
    /// <exception cref="ArgumentException">The name breaks Prometheus' rules, or is registered as another kind.</exception>
    public Counter Counter(string name, string help, LabelSet labels) =>
        (Counter)_registry.Acquire(this, new FamilyShape(name, help, MetricKind.Counter), labels, read: null);

    /// <summary>A distribution to record into.</summary>
    /// <exception cref="ArgumentException">The name breaks Prometheus' rules, or is registered as another kind or unit.</exception>
    public Histogram Histogram(string name, string help, HistogramUnit unit, LabelSet labels) =>
        (Histogram)_registry.Acquire(this, new FamilyShape(name, help, MetricKind.Histogram, unit), labels, read: null);

    /// <summary>A value that goes up and down, asked for by callback from any thread; the callback must be quick.</summary>
    /// <exception cref="ArgumentException">The name breaks Prometheus' rules, or is registered as another kind.</exception>
    public Gauge Gauge(string name, string help, LabelSet labels, Func<double> read) =>
        (Gauge)_registry.Acquire(this, new FamilyShape(name, help, MetricKind.Gauge), labels, read);

    /// <summary>A value that only grows and that something else already counts, asked for by callback like a gauge.</summary>
    /// <exception cref="ArgumentException">The name breaks Prometheus' rules, or is registered as another kind.</exception>
    public Gauge ObservedCounter(string name, string help, LabelSet labels, Func<double> read) =>
        (Gauge)_registry.Acquire(this, new FamilyShape(name, help, MetricKind.Counter), labels, read);

    /// <summary>Has further series registered when somebody next looks: names that nobody reads of before they go again never pay for them.</summary>
    /// <param name="series">Registered in the order of these calls.</param>
    /// <exception cref="ObjectDisposedException">The scope has gone.</exception>
    public void Later(ILateSeries series) => _registry.Postpone(this, series);

    /// <summary>Takes these series out of the registry; more than once is harmless.</summary>
    public void Dispose() => _registry.Release(this);

    /// <summary>Where it waits in the registry; null when nothing of it does.</summary>
    /// <remarks>Under the registry's lock.</remarks>
    internal LinkedListNode<MetricScope>? Place { get; set; }

    /// <remarks>Under the registry's lock.</remarks>
    internal void Postpone(ILateSeries series) => (_late ??= new(2)).Add(series);

    /// <remarks>Under the registry's lock.</remarks>
    internal List<ILateSeries> TakeLate()
    {
        List<ILateSeries> late = _late ?? [];
        _late = null;
        return late;
    }

    /// <remarks>Under the registry's lock.</remarks>
    internal StripedCells CounterBlock()
    {
        if (_block is null || _block.IsFull) _block = new StripedCells(_registry.Stripes);
        return _block;
    }

    /// <remarks>Under the registry's lock.</remarks>
    internal void Hold(SeriesState series, Func<double>? read)
    {
        if (series.Holders == 0) Own(series);
        else if (series.Owner != this && (_shared ??= []).Add(series)) series.Holders++;
        if (read is not null) ((Gauge)series.Instrument).Attach(this, read);
    }

    /// <remarks>Under the registry's lock.</remarks>
    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    /// <summary>Takes the series that nobody holds any more out of the registry.</summary>
    /// <remarks>Under the registry's lock.</remarks>
    internal void LetGo()
    {
        _disposed = true;
        _late = null;
        foreach (SeriesState series in _shared ?? []) LetGo(series);
        while (_owned is { } owned)
        {
            _owned = owned.NextOwned;
            owned.NextOwned = null;
            owned.Owner = null;
            LetGo(owned);
        }

        _shared = null;
    }

    private void LetGo(SeriesState series)
    {
        (series.Instrument as Gauge)?.Detach(this);
        if (--series.Holders == 0) _registry.Remove(series);
    }

    private void Own(SeriesState series)
    {
        series.Holders = 1;
        series.Owner = this;
        series.NextOwned = _owned;
        _owned = series;
    }
}
