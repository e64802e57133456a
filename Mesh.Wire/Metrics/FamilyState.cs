using System.Runtime.InteropServices;

namespace Mesh.Wire.Metrics;

/// <summary>What a family is registered as; the first registration's help stays.</summary>
internal readonly record struct FamilyShape(string Name, string Help, MetricKind Kind, HistogramUnit Unit = default);

/// <summary>The registry's own page on one name; guarded by the registry's lock.</summary>
/// <remarks>Series are found by their labels and chained in order of registration: to add or remove one takes O(1).</remarks>
internal sealed class FamilyState(FamilyShape shape)
{
    private readonly Dictionary<LabelSet, SeriesState> _series = [];
    private SeriesState? _first;
    private SeriesState? _last;
    private MetricFamily? _view;

    public FamilyShape Shape => shape;

    public bool IsEmpty => _first is null;

    public SeriesState? Find(LabelSet labels) => _series.GetValueOrDefault(labels);

    public SeriesState Add(LabelSet labels, Instrument instrument)
    {
        SeriesState series = new(this, labels, instrument) { Previous = _last };
        _series.Add(labels, series);
        if (_last is null) _first = series;
        else _last.Next = series;
        _last = series;
        _view = null;
        return series;
    }

    public void Remove(SeriesState series)
    {
        _series.Remove(series.Labels);
        if (series.Previous is { } previous) previous.Next = series.Next;
        else _first = series.Next;
        if (series.Next is { } next) next.Previous = series.Previous;
        else _last = series.Previous;
        _view = null;
    }

    /// <summary>All series as of now; the same object until one comes or goes.</summary>
    public MetricFamily View()
    {
        if (_view is not null) return _view;
        var series = new MetricSeries[_series.Count];
        int i = 0;
        for (SeriesState? one = _first; one is not null; one = one.Next) series[i++] = new MetricSeries(one.Labels, one.Instrument);
        return _view = new MetricFamily(shape.Name, shape.Help, shape.Kind, ImmutableCollectionsMarshal.AsImmutableArray(series));
    }
}

/// <summary>One series and how many scopes hold it; it goes with the last. Guarded by the registry's lock.</summary>
internal sealed class SeriesState(FamilyState family, LabelSet labels, Instrument instrument)
{
    public FamilyState Family => family;

    public LabelSet Labels => labels;

    public Instrument Instrument => instrument;

    public SeriesState? Previous { get; set; }

    public SeriesState? Next { get; set; }

    public int Holders { get; set; }

    /// <summary>The scope that registered it, while that one lives; it keeps its series in a chain.</summary>
    public MetricScope? Owner { get; set; }

    public SeriesState? NextOwned { get; set; }
}
