using System.Numerics;

namespace Mesh.Routing.Retries;

/// <summary>
/// What retries are paid from: like pocket money in ten jars that are emptied in turn. Every request puts its share of a retry into the current
/// jar; a retry takes a whole one out of all of them together; a jar is emptied when its turn comes again, a time to live later. Beside the jars
/// lies a reserve that is always there, so that a service with few requests can retry too: minRetriesPerSec x ttl retries for every ttl.
/// </summary>
/// <remarks>
/// Hot path, any thread, no lock. <see cref="Deposit"/> is one interlocked add to a line that few other threads write (rows by thread), and
/// allocates nothing. Jars count requests and retries, not tokens, so that a reload reweighs what is in them. A cell holds the number of the slot
/// that it counts for in its upper half, the count in its lower one: whoever comes first in a new slot begins it with one compare-and-set. A
/// withdrawal compares and sets the cell that every other withdrawal of this slot would move, so two never spend the same token; two that race
/// across the edge of a slot could. A clock that lags behind another thread's counts for its own time.
/// Source: finagle's RetryBudget.TokenRetryBudget over util's leaky TokenBucket, in amounts and expiry; but slots follow the clock, where util
/// begins them at the first look, so that there a quiet service's tokens live up to twice as long.
/// </remarks>
public sealed class RetryBudget
{
    /// <summary>Slots of a time to live: a request counts for nine to ten tenths of it.</summary>
    internal const int Slots = 10;

    private const int MaxRows = 8;
    private const int RowStride = 16;

    private readonly int _rows = Math.Min(MaxRows, (int)BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount));
    private readonly long _originNs;
    private volatile Terms _terms;

    /// <param name="config">Within its documented ranges.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    public RetryBudget(RetryBudgetConfig config, long nowNs)
    {
        _originNs = nowNs;
        _terms = new Terms(config, new long[(_rows + 1) * RowStride], new long[RowStride]);
    }

    /// <summary>The rule; what was deposited and withdrawn in the last time to live counts under a new one as well.</summary>
    /// <remarks>Set by one thread at a time. A request that is counted at this very moment may be forgotten.</remarks>
    public RetryBudgetConfig Config
    {
        get => _terms.Config;
        set => _terms = new Terms(value, _terms);
    }

    /// <summary>Counts one request. Retries are not requests.</summary>
    public void Deposit(long nowNs)
    {
        Terms terms = _terms;
        if (terms.PerRequest == 0) return;
        int row = Environment.CurrentManagedThreadId & (_rows - 1);
        int slot = terms.SlotAt(nowNs - _originNs);
        ref long cell = ref terms.Deposits[RowStride / 2 + row * RowStride + slot % Slots];
        long seen = Volatile.Read(ref cell);
        while (Cell.Slot(seen) < slot)
        {
            long found = Interlocked.CompareExchange(ref cell, Cell.First(slot, 1), seen);
            if (found == seen) return;
            seen = found;
        }

        Interlocked.Increment(ref cell);
    }

    /// <summary>Takes one retry. False: the budget is spent, and nothing was taken.</summary>
    public bool TryWithdraw(long nowNs)
    {
        Terms terms = _terms;
        int slot = terms.SlotAt(nowNs - _originNs);
        ref long cell = ref terms.Withdrawals[slot % Slots];
        while (true)
        {
            long seen = Volatile.Read(ref cell);
            int current = Math.Max(slot, Cell.Slot(seen));
            if (terms.Tokens(current) < terms.PerRetry) return false;
            long paid = Cell.Slot(seen) == current ? seen + 1 : Cell.First(current, 1);
            if (Interlocked.CompareExchange(ref cell, paid, seen) == seen) return true;
        }
    }

    /// <summary>Retries that could be withdrawn now, 0 or more.</summary>
    public long Balance(long nowNs)
    {
        Terms terms = _terms;
        return Math.Max(0, terms.Tokens(terms.SlotAt(nowNs - _originNs)) / terms.PerRetry);
    }

    /// <summary>A slot's number in the upper half, from 0, and a count in the lower. 2^31 slots of 100 ms are 6 years.</summary>
    private static class Cell
    {
        public static int Slot(long cell) => (int)(cell >> 32);

        public static long Count(long cell) => (uint)cell;

        public static long First(int slot, long count) => ((long)slot << 32) | count;
    }

    /// <summary>A rule in tokens, and the counts that it weighs; a reload makes another, with the same counts while slots are as long.</summary>
    private sealed class Terms
    {
        /// <summary>Tokens of a request; a retry costs this / percent, so that no fractions are needed.</summary>
        private const int Scale = 1000;

        private readonly long _reserve;
        private readonly long _slotNs;

        public Terms(RetryBudgetConfig config, long[] deposits, long[] withdrawals)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(config.TimeToLive, TimeSpan.FromSeconds(1));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(config.TimeToLive, TimeSpan.FromSeconds(60));
            ArgumentOutOfRangeException.ThrowIfNegative(config.MinRetriesPerSecond);
            if (config.PercentCanRetry is not (>= 0 and <= Scale)) throw new ArgumentOutOfRangeException(nameof(config), "percentCanRetry");
            Config = config;
            PerRequest = config.PercentCanRetry == 0 ? 0 : Scale;
            PerRetry = config.PercentCanRetry == 0 ? 1 : (int)Math.Min(int.MaxValue, Scale / config.PercentCanRetry);
            _reserve = (long)config.MinRetriesPerSecond * (int)config.TimeToLive.TotalSeconds * PerRetry;
            _slotNs = config.TimeToLive.Ticks * TimeSpan.NanosecondsPerTick / Slots;
            Deposits = deposits;
            Withdrawals = withdrawals;
        }

        public Terms(RetryBudgetConfig config, Terms before) : this(config, before.Deposits, before.Withdrawals)
        {
            if (_slotNs == before._slotNs) return;
            Deposits = Moved(before.Deposits, RowStride / 2, before._slotNs);
            Withdrawals = Moved(before.Withdrawals, 0, before._slotNs);
        }

        public RetryBudgetConfig Config { get; }

        public int PerRequest { get; }

        public int PerRetry { get; }

        /// <summary>Rows of ten cells, 128 bytes apart, half a row before the first: no line is shared with a neighbour on the heap.</summary>
        public long[] Deposits { get; }

        public long[] Withdrawals { get; }

        public int SlotAt(long sinceOriginNs) => (int)(Math.Max(0, sinceOriginNs) / _slotNs);

        /// <summary>Below 0 while retries that were paid from expired requests still count.</summary>
        public long Tokens(int slot)
        {
            long tokens = _reserve - Sum(Withdrawals, 0, slot) * PerRetry;
            return PerRequest == 0 ? tokens : tokens + Sum(Deposits, RowStride / 2, slot) * PerRequest;
        }

        private static long Sum(long[] cells, int first, int slot)
        {
            long sum = 0;
            for (int row = first; row + Slots <= cells.Length; row += RowStride)
            {
                for (int i = row; i < row + Slots; i++)
                {
                    long cell = Volatile.Read(ref cells[i]);
                    if (Cell.Slot(cell) > slot - Slots) sum += Cell.Count(cell);
                }
            }

            return sum;
        }

        /// <summary>The same counts in slots of this rule's length, each by the time at which its old slot began.</summary>
        private long[] Moved(long[] cells, int first, long slotNs)
        {
            long[] moved = new long[cells.Length];
            for (int row = first; row + Slots <= cells.Length; row += RowStride)
            {
                for (int i = row; i < row + Slots; i++)
                {
                    long old = Volatile.Read(ref cells[i]);
                    int slot = SlotAt(Cell.Slot(old) * slotNs);
                    ref long cell = ref moved[row + slot % Slots];
                    if (Cell.Slot(cell) < slot) cell = Cell.First(slot, Cell.Count(old));
                    else if (Cell.Slot(cell) == slot) cell += Cell.Count(old);
                }
            }

            return moved;
        }
    }
}
