namespace Mesh.Actors.Cells;

/// <summary>
/// The timers of one actor. A timer object is its own generation: a tick in the mailbox counts only if its key still has that object.
/// </summary>
internal sealed class ActorTimers(ActorCell cell) : ITimers
{
    /// <summary>Most timers of one actor.</summary>
    public const int Max = 4096;

    private readonly Dictionary<object, ActorTimer> _timers = [];

    public void StartSingleTimer(object key, object message, TimeSpan delay) => Start(key, message, delay, null);

    public void StartPeriodicTimer(object key, object message, TimeSpan interval) => Start(key, message, interval, interval);

    public void StartPeriodicTimer(object key, object message, TimeSpan initialDelay, TimeSpan interval) =>
        Start(key, message, initialDelay, interval);

    public bool IsTimerActive(object key) => _timers.ContainsKey(key);

    public void Cancel(object key)
    {
        if (_timers.Remove(key, out ActorTimer? timer)) timer.Dispose();
    }

    public void CancelAll()
    {
        foreach (ActorTimer timer in _timers.Values) timer.Dispose();
        _timers.Clear();
    }

    /// <summary>Whether a tick taken from the mailbox is of a timer that still stands.</summary>
    public bool TryAccept(ActorTimer tick)
    {
        tick.Taken();
        if (!_timers.TryGetValue(tick.Key, out ActorTimer? current) || !ReferenceEquals(current, tick)) return false;
        if (!tick.Repeats) Cancel(tick.Key);
        return true;
    }

    private void Start(object key, object message, TimeSpan delay, TimeSpan? interval)
    {
        cell.AssertTurn();
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        if (interval is { } span) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(span, TimeSpan.Zero, nameof(interval));
        Cancel(key);
        if (_timers.Count >= Max) throw new InvalidOperationException($"{cell.Self.Path} has {Max} timers, the most there may be");
        var timer = new ActorTimer(cell, key, message, interval is not null);
        _timers.Add(key, timer);
        timer.Start(delay, interval);
    }
}

/// <summary>One timer of an actor; it is also the tick that waits in the mailbox.</summary>
internal sealed class ActorTimer(ActorCell cell, object key, object message, bool repeats) : IDisposable
{
    private ITimer? _timer;
    private int _waiting;

    public object Key { get; } = key;

    public object Message { get; } = message;

    public bool Repeats { get; } = repeats;

    public void Start(TimeSpan delay, TimeSpan? interval) =>
        _timer = cell.System.Time.CreateTimer(static state => ((ActorTimer)state!).Fire(), this, delay, interval ?? Timeout.InfiniteTimeSpan);

    public void Taken() => Volatile.Write(ref _waiting, 0);

    public void Dispose() => _timer?.Dispose();

    private void Fire()
    {
        if (Interlocked.Exchange(ref _waiting, 1) == 0) cell.Mailbox.PostExempt(this, cell.Self);
    }
}

/// <summary>
/// Sends ReceiveTimeout after idle spans. The timer is not moved at every message: when it fires it looks how long the actor has been idle.
/// </summary>
internal sealed class IdleTimer(ActorCell cell) : IDisposable
{
    private readonly object _tick = new();
    private TimeSpan? _timeout;
    private ITimer? _timer;
    private long _lastMessage;
    private int _waiting;

    public void Set(TimeSpan? timeout)
    {
        if (timeout is { } span) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(span, TimeSpan.Zero, nameof(timeout));
        _timeout = timeout;
        Touch();
        if (timeout is null) Dispose();
        else if (_timer is null) _timer = cell.System.Time.CreateTimer(_ => Fire(), null, timeout.Value, Timeout.InfiniteTimeSpan);
        else _timer.Change(timeout.Value, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A message was handled.</summary>
    public void Touch()
    {
        if (_timeout is not null) _lastMessage = cell.System.Time.GetTimestamp();
    }

    public bool IsTick(object? message) => ReferenceEquals(message, _tick);

    /// <summary>Whether the tick taken from the mailbox ends a whole idle span; arms the timer again.</summary>
    public bool TryAccept()
    {
        Volatile.Write(ref _waiting, 0);
        if (_timeout is not { } timeout || _timer is null) return false;
        TimeSpan idle = cell.System.Time.GetElapsedTime(_lastMessage);
        bool whole = idle >= timeout;
        if (whole) Touch();
        _timer.Change(whole ? timeout : timeout - idle, Timeout.InfiniteTimeSpan);
        return whole;
    }

    public void Dispose()
    {
        _timeout = null;
        _timer?.Dispose();
        _timer = null;
    }

    private void Fire()
    {
        if (Interlocked.Exchange(ref _waiting, 1) == 0) cell.Mailbox.PostExempt(_tick, cell.Self);
    }
}
