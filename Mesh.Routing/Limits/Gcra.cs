namespace Mesh.Routing.Limits;

/// <summary>
/// The token bucket as one word: the generic cell rate algorithm (ITU-T I.371, virtual scheduling). The word is when the bucket will be full
/// again; a request moves it by the time that one token takes to flow in, and may come if it then lies no further ahead than a whole bucket takes.
/// </summary>
/// <remarks>Hot path, no allocation. Time is monotonic nanoseconds; one that runs backwards counts as standing still.</remarks>
internal readonly struct Gcra
{
    /// <summary>The word of a bucket that nobody has used: full since ever.</summary>
    public const long Unused = long.MinValue;

    private const long FarthestNs = 1L << 61;

    private readonly long _tokenNs;
    private readonly long _bucketNs;

    public Gcra(RateLimitConfig config)
    {
        double token = 1_000_000_000 / config.RequestsPerSecond;
        // Rounded up, so that the rate is never exceeded; at most a century for everything, so that sums stay within 64 bits.
        _tokenNs = (long)Math.Clamp(Math.Ceiling(token), 1, FarthestNs);
        _bucketNs = (long)Math.Min((double)_tokenNs * Math.Max(1, config.Burst), FarthestNs);
    }

    /// <summary>The time that one token takes to flow in, nanoseconds.</summary>
    public long TokenNs => _tokenNs;

    /// <summary>Takes one token of the bucket, or tells when there will be one.</summary>
    public bool TryTake(ref long word, long nowNs, out long retryAfterNs)
    {
        long full = Volatile.Read(ref word);
        while (true)
        {
            long then = Math.Max(full, nowNs) + _tokenNs;
            retryAfterNs = then - nowNs - _bucketNs;
            if (retryAfterNs > 0) return false;
            long seen = Interlocked.CompareExchange(ref word, then, full);
            if (seen == full)
            {
                retryAfterNs = 0;
                return true;
            }

            full = seen;
        }
    }

    /// <summary>Puts a token back that was taken just now.</summary>
    public void GiveBack(ref long word) => Interlocked.Add(ref word, -_tokenNs);
}
