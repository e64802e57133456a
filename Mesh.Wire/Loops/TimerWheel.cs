using System.Numerics;

namespace Mesh.Wire.Loops;

/// <summary>
/// A hashed timing wheel (Varghese and Lauck 1987, scheme 6): slots of one tick, each a list; a timer further away than one turn is
/// looked at once a turn and put back. Pure: the loop tells it the time.
/// </summary>
/// <remarks>Insert, move and remove cost O(1) and no allocation; finding the next look-up scans 16 words of a bitmap.</remarks>
public sealed class TimerWheel
{
    /// <summary>Resolution, nanoseconds: 16.8 ms (2^24). Every timeout of a proxy is far coarser.</summary>
    public const long TickNs = 1L << TickShift;

    private const int TickShift = 24;
    private const int Slots = 1024;
    private readonly LoopTimer?[] _heads = new LoopTimer?[Slots];
    private readonly ulong[] _used = new ulong[Slots / 64];
    private long _tick;

    public TimerWheel(long nowNs) => _tick = nowNs >> TickShift;

    /// <summary>Timers in the wheel.</summary>
    public int Count { get; private set; }

    internal void Insert(LoopTimer timer, long looksAtNs)
    {
        if (timer.Slot >= 0) Remove(timer);
        // Rounded up and at least one tick ahead: never early, and never into the slot that Advance walks just now.
        long tick = Math.Max((looksAtNs + TickNs - 1) >> TickShift, _tick + 1);
        int slot = (int)(Math.Min(tick, _tick + Slots - 1) & (Slots - 1));
        timer.LooksAt = looksAtNs;
        timer.Slot = slot;
        timer.Previous = null;
        timer.Next = _heads[slot];
        if (timer.Next is { } next) next.Previous = timer;
        _heads[slot] = timer;
        _used[slot >> 6] |= 1UL << (slot & 63);
        Count++;
    }

    internal void Remove(LoopTimer timer)
    {
        if (timer.Slot < 0) return;
        if (timer.Next is { } next) next.Previous = timer.Previous;
        if (timer.Previous is { } previous) previous.Next = timer.Next;
        else if ((_heads[timer.Slot] = timer.Next) is null) _used[timer.Slot >> 6] &= ~(1UL << (timer.Slot & 63));
        timer.Next = timer.Previous = null;
        timer.Slot = -1;
        Count--;
    }

    /// <summary>Fires what is due at <paramref name="nowNs"/>; moved deadlines are put back, cancelled ones dropped.</summary>
    public void Advance(long nowNs)
    {
        long target = nowNs >> TickShift;
        // After a long pause one full turn visits every slot; more would visit them twice.
        if (target - _tick > Slots) _tick = target - Slots;
        while (_tick < target)
        {
            _tick++;
            int slot = (int)(_tick & (Slots - 1));
            if ((_used[slot >> 6] & (1UL << (slot & 63))) != 0) VisitOrComeBack(slot, nowNs);
        }
    }

    /// <summary>Nanoseconds until the next slot in use is due, 0 when overdue, -1 when the wheel is empty.</summary>
    public long UntilNext(long nowNs)
    {
        if (Count == 0) return -1;
        for (int ahead = 1; ahead <= Slots;)
        {
            int slot = (int)((_tick + ahead) & (Slots - 1));
            ulong word = _used[slot >> 6] >> (slot & 63);
            if (word != 0) return Math.Max(0, ((_tick + ahead + BitOperations.TrailingZeroCount(word)) << TickShift) - nowNs);
            ahead += 64 - (slot & 63);
        }

        return 0;
    }

    /// <summary>A callback that throws must not cost the slot's other timers a turn of the wheel: the tick is not over then.</summary>
    private void VisitOrComeBack(int slot, long nowNs)
    {
        try
        {
            Visit(slot, nowNs);
        }
        catch
        {
            _tick--;
            throw;
        }
    }

    private void Visit(int slot, long nowNs)
    {
        // The list is taken whole: a timer that fires may insert or remove others, also of this slot.
        while (_heads[slot] is { } timer)
        {
            Remove(timer);
            if (timer.Deadline == LoopTimer.Never) continue;
            if (timer.Deadline <= nowNs) timer.Fire();
            else Insert(timer, timer.Deadline);
        }
    }
}
