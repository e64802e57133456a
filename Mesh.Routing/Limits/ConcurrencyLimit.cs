using Mesh.Routing.Accrual;
using Mesh.Wire.Loops;

namespace Mesh.Routing.Limits;

/// <summary>
/// How many requests are out to a destination, and who waits for a place. A place is taken with <see cref="TryEnter"/> or, when that says no,
/// after a wait, and given back with <see cref="Leave"/>, once, whatever happens.
/// </summary>
/// <remarks>
/// Hot path, any thread: entering and leaving are one compare-and-set each while nobody waits. Only who waits, and who leaves while somebody
/// waits, take the lock. No wake-up is lost: a waiter announces itself and then looks for a place again; whoever leaves gives the place back and
/// then looks for waiters; each of these is a full fence, so one of the two sees the other.
/// </remarks>
public sealed class ConcurrencyLimit
{
    /// <summary>How long a request without a deadline waits, nanoseconds: linkerd2's failfast, 3 s.</summary>
    public const long DefaultWaitNs = 3_000_000_000;

    /// <summary>The longest that is guessed of an overload, seconds.</summary>
    public const int MaxRetryAfterSeconds = 30;

    private readonly AdmissionQueue _queue = new();
    private readonly Lock _gate = new();
    private ConcurrencyConfig _config;
    private int _limit;
    private int _inFlight;
    private int _waiting;
    private AdaptiveLimit? _adaptive;
    private int _learning;

    public ConcurrencyLimit(ConcurrencyConfig config, long nowNs)
    {
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        Apply(config, nowNs);
    }

    /// <summary>What it follows; may be replaced at any time, from any thread. Requests that are out stay out, however low the new limit.</summary>
    public ConcurrencyConfig Config
    {
        get => Volatile.Read(ref _config);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            long now = EventLoop.NowNs;
            SpinWait spin = default;
            while (Interlocked.CompareExchange(ref _learning, 1, 0) != 0) spin.SpinOnce();
            Volatile.Write(ref _config, value);
            Apply(value, now);
            Volatile.Write(ref _learning, 0);
            PassOn(now);
        }
    }

    /// <summary>Requests that may be out now.</summary>
    public int Limit => Volatile.Read(ref _limit);

    /// <summary>What a request takes when it does not wait, as an adaptive limit has learnt it, nanoseconds; 0 while unknown.</summary>
    public long BaseLatencyNs => Volatile.Read(ref _adaptive)?.BaseNs ?? 0;

    /// <summary>Requests that are out.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Requests that wait.</summary>
    public int Queued => Volatile.Read(ref _waiting);

    public ConcurrencyCounters Counters { get; } = new();

    /// <summary>Takes a place. False when all are taken, or when somebody waited before.</summary>
    public bool TryEnter() => Volatile.Read(ref _waiting) == 0 && TryTakePlace();

    /// <summary>Waits for a place. On the loop, after <see cref="TryEnter"/> said no; cold. The wait ends on the loop.</summary>
    /// <param name="loop">The caller's.</param>
    /// <param name="deadlineNs">When the request is of no use any more; <see cref="LoopTimer.Never"/>: <see cref="DefaultWaitNs"/>.</param>
    /// <param name="nowNs">Monotonic nanoseconds, of <see cref="EventLoop.NowNs"/>.</param>
    public ValueTask<Admission> WaitAsync(EventLoop loop, long deadlineNs, long nowNs) => WaitAsync(loop, deadlineNs, nowNs, out _);

    /// <param name="loop">The caller's.</param>
    /// <param name="deadlineNs">When the request is of no use any more; <see cref="LoopTimer.Never"/>: <see cref="DefaultWaitNs"/>.</param>
    /// <param name="nowNs">Monotonic nanoseconds, of <see cref="EventLoop.NowNs"/>.</param>
    /// <param name="waiter">Who waits, to be told when the client goes away; null when the wait is over already.</param>
    /// <inheritdoc cref="WaitAsync(EventLoop, long, long)"/>
    public ValueTask<Admission> WaitAsync(EventLoop loop, long deadlineNs, long nowNs, out AdmissionWaiter? waiter)
    {
        long latest = Math.Min(deadlineNs, nowNs + DefaultWaitNs);
        AdmissionWaiter joining = new(this, loop, deadlineNs == LoopTimer.Never ? latest : deadlineNs, nowNs);
        Admission? refusal;
        lock (_gate)
        {
            // Announced before the place is looked for again: whoever leaves either leaves it to be found here, or sees us waiting.
            Interlocked.Increment(ref _waiting);
            refusal = _queue.Count == 0 && TryTakePlace() ? Admission.Admitted : _queue.TryJoin(joining, nowNs, Config.MaxQueued, Limit);
            if (refusal is not null) Interlocked.Decrement(ref _waiting);
        }

        waiter = refusal is null ? joining : null;
        if (refusal is not { } end) return joining.WaitAsync();
        if (end != Admission.Admitted) Counters.Count(end);
        return new ValueTask<Admission>(end);
    }

    /// <summary>Gives a place back, and passes it on to whoever waits and can still be served in time.</summary>
    /// <param name="startNs">When the request was sent, monotonic nanoseconds.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    /// <param name="outcome">What became of it; <see cref="Outcome.Ignored"/> teaches nothing.</param>
    public void Leave(long startNs, long nowNs, Outcome outcome)
    {
        if (Volatile.Read(ref _adaptive) is { } adaptive && outcome != Outcome.Ignored) Learn(adaptive, startNs, nowNs, outcome);
        Interlocked.Decrement(ref _inFlight);
        if (Volatile.Read(ref _waiting) == 0 && !_queue.IsFutile) return;
        if (outcome is Outcome.Success or Outcome.Failure)
        {
            lock (_gate) _queue.Observe(nowNs - startNs);
        }

        PassOn(nowNs);
    }

    /// <summary>
    /// Seconds after which a refused client may try again, 1 or more: when the queue has been served, or as long again as the present overload
    /// has lasted, since nothing better is known of when it ends.
    /// </summary>
    public int RetryAfterSeconds
    {
        get
        {
            long wait;
            lock (_gate) wait = Math.Max(_queue.PaceNs(_queue.Count + 1, Limit), _queue.StandsForNs(EventLoop.NowNs));
            return (int)Math.Clamp((wait + 999_999_999) / 1_000_000_000, 1, MaxRetryAfterSeconds);
        }
    }

    /// <summary>Takes a waiter out of the queue. False when somebody else did: a place, or a refusal, is on its way to it.</summary>
    internal bool TryRemove(AdmissionWaiter waiter, Admission end)
    {
        lock (_gate)
        {
            if (!waiter.IsQueued) return false;
            _queue.Remove(waiter);
            Interlocked.Decrement(ref _waiting);
        }

        Counters.Count(end);
        return true;
    }

    /// <summary>One at a time. What an adaptive limit has learnt stays.</summary>
    private void Apply(ConcurrencyConfig config, long nowNs)
    {
        if (config.IsAdaptive && _adaptive is null)
        {
            long wall = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
            Volatile.Write(ref _adaptive, new AdaptiveLimit(config, nowNs, wall - nowNs));
        }

        if (!config.IsAdaptive) Volatile.Write(ref _adaptive, null);
        Volatile.Write(ref _limit, _adaptive?.Reconfigure(config) ?? Math.Max(1, config.MaxRequests));
    }

    /// <summary>Who finds another loop at it goes on: under such a load one sample more or less teaches nothing.</summary>
    private void Learn(AdaptiveLimit adaptive, long startNs, long nowNs, Outcome outcome)
    {
        if (Interlocked.CompareExchange(ref _learning, 1, 0) != 0) return;
        if (adaptive == _adaptive) Volatile.Write(ref _limit, adaptive.Observe(nowNs, nowNs - startNs, InFlight, outcome));
        Volatile.Write(ref _learning, 0);
    }

    private bool TryTakePlace()
    {
        int taken = Volatile.Read(ref _inFlight);
        while (taken < Limit)
        {
            int seen = Interlocked.CompareExchange(ref _inFlight, taken + 1, taken);
            if (seen == taken) return true;
            taken = seen;
        }

        return false;
    }

    /// <summary>Gives free places to those who wait.</summary>
    private void PassOn(long nowNs)
    {
        // Looked at again after each vain try: whoever began to wait while the place was held here saw none, and nobody else would tell.
        while (Volatile.Read(ref _waiting) > 0 && TryTakePlace())
        {
            AdmissionWaiter? next, refused;
            lock (_gate)
            {
                int before = _queue.Count;
                next = _queue.Take(nowNs, out refused, moreFree: InFlight < Limit);
                Interlocked.Add(ref _waiting, _queue.Count - before);
            }

            if (next is null) Interlocked.Decrement(ref _inFlight);
            else
            {
                Counters.Count(Admission.Admitted);
                next.Tell(Admission.Admitted);
            }

            while (refused is not null)
            {
                AdmissionWaiter each = refused;
                refused = each.Newer;
                each.Newer = null;
                Counters.Count(Admission.TooLate);
                each.Tell(Admission.TooLate);
            }
        }
    }
}
