using Mesh.Routing.Accrual;
using Mesh.Routing.Limits;

namespace Mesh.Node.Proxy;

/// <summary>
/// A caller's place under its destination's concurrency limit: taken once, kept from attempt to attempt, given back once, to whom it was taken from,
/// whatever limit a reload has brought meanwhile. Where there is no limit it is held all the same, and costs nothing.
/// </summary>
/// <remarks>Hot path: a field of its caller, which is on one loop.</remarks>
internal struct HeldPlace
{
    private ConcurrencyLimit? _limit;

    public bool IsHeld { get; private set; }

    /// <summary>What a request takes when it does not wait, as the limit has learnt it, nanoseconds; 0: unknown, or no limit.</summary>
    public readonly long BaseLatencyNs => _limit?.BaseLatencyNs ?? 0;

    /// <summary>Holds it afterwards, if it did not before; false when all are taken.</summary>
    public bool TryEnter(ConcurrencyLimit? limit)
    {
        if (IsHeld) return true;
        if (limit is not null && !limit.TryEnter()) return false;
        _limit = limit;
        return IsHeld = true;
    }

    /// <summary>A wait has ended with a place.</summary>
    public void Take(ConcurrencyLimit limit) => (_limit, IsHeld) = (limit, true);

    /// <summary>Gives it back, if it is held.</summary>
    /// <param name="startNs">When what was done with it began, monotonic nanoseconds.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    /// <param name="outcome">What became of that; Ignored teaches nothing.</param>
    public void GiveBack(long startNs, long nowNs, Outcome outcome)
    {
        IsHeld = false;
        if (_limit is not { } limit) return;
        _limit = null;
        limit.Leave(startNs, nowNs, outcome);
    }
}
