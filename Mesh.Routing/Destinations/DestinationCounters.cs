namespace Mesh.Routing.Destinations;

/// <summary>Counts since the destination was made; read by metrics at any time.</summary>
/// <remarks>Any thread. Only rare events are counted here, so plain interlocked fields do.</remarks>
public sealed class DestinationCounters
{
    private long _deaths;
    private long _revivals;
    private long _probes;
    private long _failOpenPicks;
    private long _effortExhausted;

    /// <summary>Endpoints that died, failed probes not counted.</summary>
    public long Deaths => Volatile.Read(ref _deaths);

    /// <summary>Endpoints that came back by a good probe.</summary>
    public long Revivals => Volatile.Read(ref _revivals);

    /// <summary>Requests that went out as probes.</summary>
    public long Probes => Volatile.Read(ref _probes);

    /// <summary>Requests sent to a closed endpoint because none was open.</summary>
    public long FailOpenPicks => Volatile.Read(ref _failOpenPicks);

    /// <summary>Picks that found no open endpoint within <c>maxEffort</c> draws.</summary>
    public long EffortExhausted => Volatile.Read(ref _effortExhausted);

    internal void CountDeath() => Interlocked.Increment(ref _deaths);

    internal void CountRevival() => Interlocked.Increment(ref _revivals);

    internal void CountProbe() => Interlocked.Increment(ref _probes);

    internal void CountFailOpen() => Interlocked.Increment(ref _failOpenPicks);

    internal void CountEffortExhausted() => Interlocked.Increment(ref _effortExhausted);
}
