using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Mesh.Routing.Limits;

/// <summary>A steady rate with bursts, for each caller.</summary>
/// <remarks>
/// <para>
/// Think of a cloakroom with eight hooks a row. A caller's row follows from who it is; it hangs up its coat (what it has used of its bucket) on any
/// free hook there. A hook is free as soon as its caller's bucket is full again: forgetting a full bucket forgets nothing. So no caller pushes out
/// another that has something to be remembered, however many new ones come; who finds no free hook shares one more with all others in that plight.
/// </para>
/// <para>
/// One word holds who (24 bits, beside the row) and when its bucket will be full (40 bits, in 1024ths of a token), so that one compare-and-set
/// moves both and a caller never finds another's word under its name. 40 bits come round after 2^30 tokens: a caller that was away for exactly as
/// long may find some of its bucket used. The hash is mixed with a secret of the process: nobody can choose whose row it crowds.
/// </para>
/// Hot path, any thread, no lock. Rows come by 32 (2.3 KB) when their first caller does: a few callers cost a few of them, all 144 KiB.
/// </remarks>
public sealed class CallerLimiter
{
    /// <summary>Callers whose use is remembered at once; a bucket that is full again takes no place.</summary>
    public const int MaxCallers = Rows * Hooks;

    private const int Rows = 2048;
    private const int RowsOfABlock = 32;
    private const int Hooks = 8;
    private const int UnitsPerToken = 1024;
    private const int TimeBits = 40;
    private const ulong TimeMask = (1UL << TimeBits) - 1;
    private const ulong TagMask = (1UL << (64 - TimeBits)) - 1;
    private const int Attempts = 16;
    private static readonly ulong Secret = MemoryMarshal.Read<ulong>(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private readonly ulong _secret;
    private readonly Gcra _rule;
    private readonly long _unitNs;
    private readonly ulong _token;
    private readonly ulong _bucket;

    /// <summary>A word further ahead than this lies in the past: what loops take for now does not differ by a second.</summary>
    private readonly ulong _furthest;
    private readonly ulong[]?[] _blocks = new ulong[Rows / RowsOfABlock][];
    private long _unknown = Gcra.Unused;

    public CallerLimiter(RateLimitConfig config)
        : this(config, Secret)
    {
    }

    internal CallerLimiter(RateLimitConfig config, ulong secret)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _secret = secret;
        _rule = new Gcra(config);
        _unitNs = Math.Max(1, _rule.TokenNs / UnitsPerToken);
        _token = Math.Min((ulong)((_rule.TokenNs + _unitNs - 1) / _unitNs), TimeMask / 8);
        _bucket = Math.Min(_token * (ulong)Math.Max(1, config.Burst), TimeMask / 4);
        _furthest = _bucket + Math.Min((ulong)(1_000_000_000 / _unitNs), TimeMask / 4);
    }

    public RateLimitConfig Config { get; }

    /// <summary>Lets a request of a caller in, or tells when its next may come.</summary>
    /// <param name="caller">A hash of who it is; 0: unknown, all unknown callers together.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    /// <param name="retryAfterNs">When refused: how long to wait, nanoseconds; else 0.</param>
    public bool TryTake(ulong caller, long nowNs, out long retryAfterNs)
    {
        if (caller == 0) return _rule.TryTake(ref _unknown, nowNs, out retryAfterNs);
        Span<ulong> row = Row(caller, out ulong tag);
        ulong now = (ulong)(nowNs / _unitNs) & TimeMask;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            int hook = Find(row, tag);
            bool? taken = hook >= 0 ? TakeAt(ref row[hook], tag, now, out retryAfterNs) : Claim(row, tag, now, out retryAfterNs);
            if (taken is { } end) return end;
        }

        // The row changes faster than one can look: as if it were full.
        return TakeAt(ref row[Hooks], 0, now, out retryAfterNs) ?? false;
    }

    /// <summary>Gives back what <see cref="TryTake"/> took for a request that another limit refused.</summary>
    public void GiveBack(ulong caller)
    {
        if (caller == 0)
        {
            _rule.GiveBack(ref _unknown);
            return;
        }

        Span<ulong> row = Row(caller, out ulong tag);
        int hook = Find(row, tag);
        ref ulong word = ref row[hook >= 0 ? hook : Hooks];
        ulong seen = Volatile.Read(ref word);
        while (seen >> TimeBits == (hook >= 0 ? tag : 0))
        {
            ulong found = Interlocked.CompareExchange(ref word, (seen & ~TimeMask) | ((seen - _token) & TimeMask), seen);
            if (found == seen) return;
            seen = found;
        }
    }

    /// <summary>The hooks of a caller's row, and the shared one.</summary>
    private Span<ulong> Row(ulong caller, out ulong tag)
    {
        ulong mixed = (caller ^ _secret) * 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 32)) * (_secret | 1);
        mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9;
        mixed ^= mixed >> 32;
        // 0 is the tag of a hook that was never used, and of the shared one.
        tag = Math.Max(1, mixed & TagMask);
        int row = (int)(mixed >> 53);
        ulong[] words = Volatile.Read(ref _blocks[row / RowsOfABlock]) ?? AddBlock(row / RowsOfABlock);
        return words.AsSpan(row % RowsOfABlock * (Hooks + 1), Hooks + 1);
    }

    private ulong[] AddBlock(int index)
    {
        ulong[] words = new ulong[RowsOfABlock * (Hooks + 1)];
        return Interlocked.CompareExchange(ref _blocks[index], words, null) ?? words;
    }

    private static int Find(Span<ulong> row, ulong tag)
    {
        for (int i = 0; i < Hooks; i++)
        {
            if (Volatile.Read(ref row[i]) >> TimeBits == tag) return i;
        }

        return -1;
    }

    /// <summary>A hook for a caller that has none: a full bucket less one token. Null: look again.</summary>
    private bool? Claim(Span<ulong> row, ulong tag, ulong now, out long retryAfterNs)
    {
        retryAfterNs = 0;
        for (int i = 0; i < Hooks; i++)
        {
            ulong seen = Volatile.Read(ref row[i]);
            if (Ahead(seen, now) > 0) continue;
            ulong own = (tag << TimeBits) | ((now + _token) & TimeMask);
            if (Interlocked.CompareExchange(ref row[i], own, seen) != seen) return null;
            // The same caller on another loop may have taken another hook just now: the first in the row counts, the other is undone.
            if (Find(row, tag) == i) return true;
            Interlocked.CompareExchange(ref row[i], 0, own);
            return null;
        }

        return TakeAt(ref row[Hooks], 0, now, out retryAfterNs);
    }

    /// <summary>Null: the hook has another owner by now.</summary>
    private bool? TakeAt(ref ulong word, ulong tag, ulong now, out long retryAfterNs)
    {
        retryAfterNs = 0;
        ulong seen = Volatile.Read(ref word);
        while (seen >> TimeBits == tag)
        {
            ulong then = Ahead(seen, now) + _token;
            if (then > _bucket)
            {
                retryAfterNs = (long)(then - _bucket) * _unitNs;
                return false;
            }

            ulong found = Interlocked.CompareExchange(ref word, (tag << TimeBits) | ((now + then) & TimeMask), seen);
            if (found == seen) return true;
            seen = found;
        }

        return null;
    }

    /// <summary>Units until the bucket is full; 0 when it is.</summary>
    private ulong Ahead(ulong word, ulong now)
    {
        ulong ahead = (word - now) & TimeMask;
        return ahead > _furthest ? 0 : ahead;
    }
}
