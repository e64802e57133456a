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
    private long _restedNs;
    private long _ejectionsRefused;
    private long _panicPicks;
    private long _pushbacks;
    private long _sickenings;
    private long _recoveries;
    private long _joins;
    private long _leaves;
    private long _probations;
    private long _updates;
    private long _rebuilds;

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

    /// <summary>Rests ordered for endpoints, nanoseconds: at deaths, and again at failed probes.</summary>
    public long RestedNs => Volatile.Read(ref _restedNs);

    /// <summary>Failures that would have killed, had not as many endpoints been dead as may be.</summary>
    public long EjectionsRefused => Volatile.Read(ref _ejectionsRefused);

    /// <summary>Requests sent to dead or sick endpoints because most were out.</summary>
    public long PanicPicks => Volatile.Read(ref _panicPicks);

    /// <summary>Responses by which an endpoint asked to be spared.</summary>
    public long Pushbacks => Volatile.Read(ref _pushbacks);

    /// <summary>Endpoints that active checks took out.</summary>
    public long Sickenings => Volatile.Read(ref _sickenings);

    /// <summary>Endpoints that active checks let in again.</summary>
    public long Recoveries => Volatile.Read(ref _recoveries);

    /// <summary>Endpoints that joined the set.</summary>
    public long Joins => Volatile.Read(ref _joins);

    /// <summary>Endpoints that left the set.</summary>
    public long Leaves => Volatile.Read(ref _leaves);

    /// <summary>Endpoints that stayed in the set though discovery dropped them.</summary>
    public long Probations => Volatile.Read(ref _probations);

    /// <summary>Address sets taken over.</summary>
    public long Updates => Volatile.Read(ref _updates);

    /// <summary>Snapshots published with endpoints of their own, and so a balancer.</summary>
    public long Rebuilds => Volatile.Read(ref _rebuilds);

    internal void CountDeath() => Interlocked.Increment(ref _deaths);

    internal void CountRevival() => Interlocked.Increment(ref _revivals);

    internal void CountProbe() => Interlocked.Increment(ref _probes);

    internal void CountFailOpen() => Interlocked.Increment(ref _failOpenPicks);

    internal void CountEffortExhausted() => Interlocked.Increment(ref _effortExhausted);

    internal void CountRest(long restNs) => Interlocked.Add(ref _restedNs, restNs);

    internal void CountEjectionRefused() => Interlocked.Increment(ref _ejectionsRefused);

    internal void CountPanicPick() => Interlocked.Increment(ref _panicPicks);

    internal void CountPushback() => Interlocked.Increment(ref _pushbacks);

    internal void CountHealth(bool isSick)
    {
        if (isSick) Interlocked.Increment(ref _sickenings);
        else Interlocked.Increment(ref _recoveries);
    }

    internal void CountSet(int joined, int left, int unlisted)
    {
        Interlocked.Add(ref _joins, joined);
        Interlocked.Add(ref _leaves, left);
        Interlocked.Add(ref _probations, unlisted);
    }

    internal void CountUpdate() => Interlocked.Increment(ref _updates);

    internal void CountRebuild() => Interlocked.Increment(ref _rebuilds);
}
