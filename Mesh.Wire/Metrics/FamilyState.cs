namespace Mesh.Wire.Metrics;

/// <summary>The registry's own page on one name; guarded by the registry's lock.</summary>
internal sealed class FamilyState(string name, string help, MetricKind kind, HistogramUnit unit)
{
    public string Name => name;

    public string Help => help;

    public MetricKind Kind => kind;

    public HistogramUnit Unit => unit;

    public Dictionary<LabelSet, SeriesState> Series { get; } = [];
}

/// <summary>One series and how many scopes hold it; it goes with the last. Guarded by the registry's lock.</summary>
internal sealed class SeriesState(FamilyState family, LabelSet labels, Instrument instrument, long number)
{
    public FamilyState Family => family;

    public LabelSet Labels => labels;

    public Instrument Instrument => instrument;

    /// <summary>Grows with each registration: the order of exposition.</summary>
    public long Number => number;

    public int Holders { get; set; }
}
