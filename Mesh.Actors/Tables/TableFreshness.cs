namespace Mesh.Actors.Tables;

/// <summary>
/// When what a table shows was last known to be what the others have: by this membership, by an earlier one of this process, or by the process
/// before it, as its disk says. Of a map it counts while somebody leads the cluster: nodes that are cut off together know no better together.
/// </summary>
/// <remarks>
/// The control loop writes, any thread reads. It is a wall clock's time, for people, and for what a copy of a map is worth
/// (<see cref="TableSettings.MayOffer"/>). After a crash it may be
/// <see cref="TableSettings.CollectInterval"/> older than the truth, never younger; the first confirmation is on the disk within
/// <see cref="TableSettings.SaveInterval"/>.
/// </remarks>
public sealed class TableFreshness
{
    private long _confirmedAtMs;
    private volatile bool _isOfThisLife;
    private volatile bool _isOfFormerLife;

    /// <summary>Null: never, as far as is known.</summary>
    public DateTimeOffset? ConfirmedAt => Volatile.Read(ref _confirmedAtMs) is > 0 and var at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

    /// <summary>By this membership; else what is shown is an earlier one's.</summary>
    public bool IsOfThisLife => _isOfThisLife;

    /// <summary>Since the start of this process, be it by an earlier membership; else what is shown is the disk's.</summary>
    public bool IsOfThisProcess => _isOfThisLife || _isOfFormerLife;

    /// <summary>How old what is shown may be; null: never confirmed. A clock that was set back makes it zero, not negative.</summary>
    public TimeSpan? AgeAt(DateTimeOffset now) => ConfirmedAt is not { } at ? null : now > at ? now - at : TimeSpan.Zero;

    /// <summary>The first time in this life; on the control loop.</summary>
    internal event Action? FirstConfirmed;

    /// <summary>Another member has the same.</summary>
    /// <param name="now">By the wall clock.</param>
    /// <param name="isOfAll">
    /// False: it may have been cut off with this node; the rest may have deleted what both still have, and forgotten it.
    /// </param>
    internal void Confirm(DateTimeOffset now, bool isOfAll)
    {
        bool isFirst = !_isOfThisLife;
        if (isOfAll) Volatile.Write(ref _confirmedAtMs, now.ToUnixTimeMilliseconds());
        _isOfThisLife = true;
        if (isFirst) FirstConfirmed?.Invoke();
    }

    /// <summary>What the disk says, or the membership before; the later of both, and of no use once others have confirmed.</summary>
    /// <param name="then">When others last confirmed it.</param>
    /// <param name="isOfThisProcess">To an earlier membership of this process.</param>
    internal void Remember(DateTimeOffset then, bool isOfThisProcess = false)
    {
        if (isOfThisProcess) _isOfFormerLife = true;
        long thenMs = then.ToUnixTimeMilliseconds();
        if (!_isOfThisLife && thenMs > _confirmedAtMs) Volatile.Write(ref _confirmedAtMs, thenMs);
    }
}
