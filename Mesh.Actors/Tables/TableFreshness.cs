namespace Mesh.Actors.Tables;

/// <summary>When what a table shows was last known to be what the others have: by this process, or by the one before it, as its disk says.</summary>
/// <remarks>
/// The control loop writes, any thread reads. It is a wall clock's time, for people: nothing is decided by it. After a crash it may be
/// <see cref="TableSettings.CollectInterval"/> older than the truth, never younger.
/// </remarks>
public sealed class TableFreshness
{
    private long _confirmedAtMs;
    private volatile bool _isOfThisLife;

    /// <summary>Null: never, as far as is known.</summary>
    public DateTimeOffset? ConfirmedAt => Volatile.Read(ref _confirmedAtMs) is > 0 and var at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

    /// <summary>Since the start of this process; else what is shown is the disk's.</summary>
    public bool IsOfThisLife => _isOfThisLife;

    /// <summary>How old what is shown may be; null: never confirmed. A clock that was set back makes it zero, not negative.</summary>
    public TimeSpan? AgeAt(DateTimeOffset now) => ConfirmedAt is not { } at ? null : now > at ? now - at : TimeSpan.Zero;

    internal void Confirm(DateTimeOffset now)
    {
        Volatile.Write(ref _confirmedAtMs, now.ToUnixTimeMilliseconds());
        _isOfThisLife = true;
    }

    /// <summary>What the disk says, or the membership before; the later of both, and of no use once others have confirmed.</summary>
    internal void Remember(DateTimeOffset then)
    {
        long thenMs = then.ToUnixTimeMilliseconds();
        if (!_isOfThisLife && thenMs > _confirmedAtMs) Volatile.Write(ref _confirmedAtMs, thenMs);
    }
}
