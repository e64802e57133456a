namespace Mesh.Routing.Limits;

/// <summary>
/// Who waits for a place of one destination, and who gets the next: first come first served while the queue is only a burst's, the newest
/// first once it stands.
/// </summary>
/// <remarks>
/// <para>
/// Think of a counter with a few chairs before it. A burst fills the chairs and drains again: fair turns cost nobody much. When more come than
/// can be served, for good, fair turns make <i>everybody</i> wait as long as the chairs allow and none is served fresh; so then the newest is
/// served at once, and who has sat for longer than a request usually takes is told to leave rather than kept until its time is over.
/// </para>
/// <para>
/// "Stands" follows CoDel (Nichols and Jacobson 2012): what counts is how long those in the queue have sat there, not how many they are. It
/// stands once somebody has sat for <see cref="TargetNs"/> (100 ms, or what a request takes if that is longer) and for an eighth of the time that it
/// may wait; so requests without a limit of their own are not turned away while fair turns serve them in 0.4 s. Then it stands until it is
/// empty. Newest first and the short patience are Facebook's adaptive LIFO and controlled delay (Maurer, "Fail at Scale", 2015).
/// </para>
/// <para>
/// Rejected: earliest deadline first, which is optimal until the overload and then serves exactly those that are nearly too late; and
/// throwing out the oldest when the queue is full, which refuses the same number, but after a wait.
/// </para>
/// Not thread-safe: <see cref="ConcurrencyLimit"/> holds its lock. Pure: the caller tells the time.
/// </remarks>
internal sealed class AdmissionQueue
{
    /// <summary>A queue that stands for less is a burst's, nanoseconds: CoDel's interval.</summary>
    public const long BurstNs = 100_000_000;

    /// <summary>Requests measured before anybody is refused for what they took: the first may be a long poll.</summary>
    private const int FewestMeasured = 10;

    private const double Smoothing = 0.05;
    private const double QuickFall = 0.5;
    private const double QuickRise = 0.01;
    private AdmissionWaiter? _oldest;
    private AdmissionWaiter? _newest;
    private long _standsSinceNs;
    private double _latencyNs;
    private double _quickNs;
    private int _measured;
    private bool _isFutile;
    private bool _isOverloaded;

    public int Count { get; private set; }

    /// <summary>
    /// Nobody waits, since by what was measured it would be too late: then requests should be observed though nobody waits, or that would be believed
    /// for ever. Any thread may look.
    /// </summary>
    public bool IsFutile => Volatile.Read(ref _isFutile);

    /// <summary>Nobody is turned away who has waited for less, nanoseconds.</summary>
    public long TargetNs => IsMeasured ? Math.Max(BurstNs, (long)_latencyNs) : BurstNs;

    /// <summary>More come than can be served: somebody has waited too long, and the queue has not been empty since.</summary>
    public bool IsOverloaded(long nowNs) => _isOverloaded |= _oldest is { } oldest && HasWaitedLong(oldest, nowNs);

    /// <summary>For how long the queue has not been empty, nanoseconds.</summary>
    public long StandsForNs(long nowNs) => Count > 0 ? Math.Max(0, nowNs - _standsSinceNs) : 0;

    /// <summary>A request ended while others wait, or would if it were not futile: how long it took.</summary>
    public void Observe(long latencyNs)
    {
        double latency = Math.Max(0, latencyNs);
        _measured = Math.Min(_measured + 1, FewestMeasured * FewestMeasured);
        if (_measured == 1) _latencyNs = _quickNs = latency;
        _latencyNs += Math.Max(Smoothing, 1.0 / _measured) * (latency - _latencyNs);
        // Falls fast and rises slowly: what even the quick ones take.
        _quickNs += (latency < _quickNs ? QuickFall : QuickRise) * (latency - _quickNs);
    }

    /// <summary>When so many more have been served, by the present pace (Little's law), nanoseconds from now; 0 while it is unknown.</summary>
    public long PaceNs(int requests, int limit) => IsMeasured ? (long)(requests * _latencyNs / Math.Max(1, limit)) : 0;

    /// <summary>Lets a request into the queue, or tells why not.</summary>
    public Admission? TryJoin(AdmissionWaiter waiter, long nowNs, int maxQueued, int limit)
    {
        if (Count >= maxQueued) return Admission.QueueFull;
        int turn = IsOverloaded(nowNs) ? 1 : Count + 1;
        if (nowNs >= waiter.LatestNs) return Admission.TooLate;
        bool isTooLate = PaceNs(turn, limit) > waiter.LatestNs - nowNs;
        Volatile.Write(ref _isFutile, isTooLate && Count == 0);
        if (isTooLate) return Admission.TooLate;
        if (Count++ == 0) _standsSinceNs = nowNs;
        waiter.IsQueued = true;
        waiter.Older = _newest;
        if (_newest is { } newest) newest.Newer = waiter;
        else _oldest = waiter;
        _newest = waiter;
        return null;
    }

    /// <summary>The next to be served. Those that cannot be served in time any more leave the queue.</summary>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    /// <param name="refused">Who left, linked by <see cref="AdmissionWaiter.Newer"/>.</param>
    /// <param name="moreFree">Another place is free beside this one.</param>
    public AdmissionWaiter? Take(long nowNs, out AdmissionWaiter? refused, bool moreFree = false)
    {
        refused = null;
        bool overloaded = IsOverloaded(nowNs);
        long needed = IsMeasured ? (long)_quickNs : 0;
        AdmissionWaiter? next;
        while ((next = overloaded ? _newest : _oldest) is not null)
        {
            if (nowNs + needed > next.LatestNs)
            {
                Refuse(next, ref refused);
                continue;
            }

            Remove(next);
            break;
        }

        // Only after somebody newer was served, with the last free place: none is withheld from whoever is there.
        while (overloaded && !moreFree && _oldest is { } oldest && HasWaitedLong(oldest, nowNs)) Refuse(oldest, ref refused);
        return next;
    }

    public void Remove(AdmissionWaiter waiter)
    {
        if (waiter.Older is { } older) older.Newer = waiter.Newer;
        else _oldest = waiter.Newer;
        if (waiter.Newer is { } newer) newer.Older = waiter.Older;
        else _newest = waiter.Older;
        waiter.Older = waiter.Newer = null;
        waiter.IsQueued = false;
        if (--Count == 0) _isOverloaded = false;
    }

    private bool HasWaitedLong(AdmissionWaiter waiter, long nowNs) =>
        nowNs - waiter.SinceNs > Math.Max(TargetNs, (waiter.LatestNs - waiter.SinceNs) / 8);

    private bool IsMeasured => _measured >= FewestMeasured;

    private void Refuse(AdmissionWaiter waiter, ref AdmissionWaiter? refused)
    {
        Remove(waiter);
        waiter.Newer = refused;
        refused = waiter;
    }
}
