using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Mesh.Wire.Metrics;

/// <summary>
/// Every series of a node: found by name and labels when something is set up, written without locks, read when somebody looks.
/// </summary>
/// <remarks>
/// Threads: all members from any thread; registering and enumerating take a lock, writing to an instrument does not. Beyond the cap a
/// family's further series fold into one, labelled <c>overflow="true"</c> (as OpenTelemetry does), and
/// <see cref="WireMetricNames.Overflow"/> counts how often; gauges cannot be folded and are left out.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The root scope holds no resource; it lives as long as the registry.")]
public sealed class MetricRegistry
{
    /// <summary>About 1 000 destinations; with two loops that is some 4 MB when all have traffic.</summary>
    public const int DefaultMaximumSeries = 10_000;

    private static readonly LabelSet s_overflow = LabelSet.Of(("overflow", "true"));

    private readonly Lock _gate = new();
    private readonly Lock _looking = new();
    private readonly LinkedList<MetricScope> _waiting = new();
    private readonly Dictionary<string, FamilyState> _families = new(StringComparer.Ordinal);
    private readonly int _maximumSeries;
    private readonly MetricScope _root;
    private readonly Counter _overflows;
    private int _count;
    private FamilyState[]? _byName;
    private ImmutableArray<MetricFamily> _view;

    /// <param name="stripes">Event loops plus one: stripe 0 is everybody's, stripe i belongs to loop i.</param>
    /// <param name="maximumSeries">Cap over all families.</param>
    public MetricRegistry(int stripes, int maximumSeries = DefaultMaximumSeries)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stripes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumSeries, 2);
        Stripes = stripes;
        _maximumSeries = maximumSeries;
        _root = new MetricScope(this);
        _overflows = Counter(WireMetricNames.Overflow, "Registrations beyond the cap on series.", LabelSet.Empty);
        Gauge(WireMetricNames.Series, "Series in the registry.", LabelSet.Empty, () => Volatile.Read(ref _count));
    }

    public int Stripes { get; }

    /// <summary>A set of series that will be removed together.</summary>
    public MetricScope OpenScope() => new(this);

    /// <inheritdoc cref="MetricScope.Counter"/>
    public Counter Counter(string name, string help, LabelSet labels) => _root.Counter(name, help, labels);

    /// <inheritdoc cref="MetricScope.Histogram"/>
    public Histogram Histogram(string name, string help, HistogramUnit unit, LabelSet labels) => _root.Histogram(name, help, unit, labels);

    /// <inheritdoc cref="MetricScope.Gauge"/>
    public Gauge Gauge(string name, string help, LabelSet labels, Func<double> read) => _root.Gauge(name, help, labels, read);

    /// <inheritdoc cref="MetricScope.ObservedCounter"/>
    public Gauge ObservedCounter(string name, string help, LabelSet labels, Func<double> read) => _root.ObservedCounter(name, help, labels, read);

    /// <summary>All families that have series, by name (ordinal). The same array until something is registered or removed.</summary>
    public ImmutableArray<MetricFamily> Families()
    {
        RegisterLate();
        lock (_gate)
        {
            _byName ??= [.. _families.Values.OrderBy(static family => family.Shape.Name, StringComparer.Ordinal)];
            if (_view.IsDefault) _view = [.. _byName.Where(static family => !family.IsEmpty).Select(static family => family.View())];
            return _view;
        }
    }

    internal Instrument Acquire(MetricScope scope, in FamilyShape wanted, LabelSet labels, Func<double>? read)
    {
        lock (_gate)
        {
            scope.ThrowIfDisposed();
            FamilyState family = FindOrAddFamily(wanted);
            if (family.Find(labels) is not { } series)
            {
                if (_count >= _maximumSeries) return Overflow(family, isCallback: read is not null);
                series = Add(family, labels, Create(scope, family, isCallback: read is not null));
                _count++;
            }

            if (series.Instrument is Gauge != read is not null) throw Mismatch(wanted.Name);
            scope.Hold(series, read);
            return series.Instrument;
        }
    }

    internal void Postpone(MetricScope scope, ILateSeries series)
    {
        lock (_gate)
        {
            scope.ThrowIfDisposed();
            scope.Postpone(series);
            scope.Place ??= _waiting.AddLast(scope);
        }
    }

    internal void Release(MetricScope scope)
    {
        lock (_gate)
        {
            if (scope.Place is { } place) _waiting.Remove(place);
            scope.Place = null;
            scope.LetGo();
        }
    }

    /// <remarks>Under the lock, by a scope that goes.</remarks>
    internal void Remove(SeriesState series)
    {
        series.Family.Remove(series);
        _count--;
        _view = default;
    }

    /// <summary>Registers what has waited for somebody to look, a scope at a time: whoever sets up a new name waits for one series at most.</summary>
    private void RegisterLate()
    {
        // Who looks meanwhile waits until all are there; what comes meanwhile waits for the next look.
        lock (_looking)
        {
            int waiting;
            lock (_gate) waiting = _waiting.Count;
            for (; waiting > 0 && TryTakeWaiting(out MetricScope? scope, out List<ILateSeries> late); waiting--) Register(scope, late);
        }
    }

    private bool TryTakeWaiting([NotNullWhen(true)] out MetricScope? scope, out List<ILateSeries> late)
    {
        lock (_gate)
        {
            scope = _waiting.First?.Value;
            late = scope?.TakeLate() ?? [];
            if (scope is null) return false;
            _waiting.RemoveFirst();
            scope.Place = null;
            return true;
        }
    }

    private static void Register(MetricScope scope, List<ILateSeries> late)
    {
        try
        {
            foreach (ILateSeries series in late) series.Register(scope);
        }
        catch (ObjectDisposedException)
        {
            // The scope has gone, and what was registered of it with it.
        }
    }

    private static ArgumentException Mismatch(string name) => new($"'{name}' is already registered as another kind of metric");

    private FamilyState FindOrAddFamily(in FamilyShape wanted)
    {
        if (_families.TryGetValue(wanted.Name, out FamilyState? family))
        {
            FamilyShape shape = family.Shape;
            return shape.Kind == wanted.Kind && shape.Unit == wanted.Unit ? family : throw Mismatch(wanted.Name);
        }

        MetricNameRules.ThrowUnlessMetric(wanted.Name);
        _families.Add(wanted.Name, family = new FamilyState(wanted));
        _byName = null;
        return family;
    }

    /// <summary>The family's one series for all that came too late; it stays, and is not counted against the cap.</summary>
    private Instrument Overflow(FamilyState family, bool isCallback)
    {
        _overflows.Add(0);
        if (isCallback) return new Gauge();
        if (family.Find(s_overflow) is not { } series)
        {
            series = Add(family, s_overflow, Create(_root, family, isCallback: false));
            series.Holders = 1;
        }

        return series.Instrument;
    }

    private SeriesState Add(FamilyState family, LabelSet labels, Instrument instrument)
    {
        _view = default;
        return family.Add(labels, instrument);
    }

    private Instrument Create(MetricScope scope, FamilyState family, bool isCallback)
    {
        if (isCallback) return new Gauge();
        return family.Shape.Kind == MetricKind.Histogram ? new Histogram(Stripes, family.Shape.Unit) : new Counter(scope.CounterBlock());
    }
}
