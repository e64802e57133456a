namespace Mesh.Routing.Limits;

/// <summary>A steady rate with bursts, for each caller.</summary>
public sealed class CallerLimiter
{
    private readonly Gcra _rule;
    private readonly long[] _word = [Gcra.Unused];

    public CallerLimiter(RateLimitConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _rule = new Gcra(config);
    }

    public RateLimitConfig Config { get; }

    /// <summary>Lets a request of a caller in, or tells when its next may come.</summary>
    /// <param name="caller">A hash of who it is; 0: unknown, all unknown callers together.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    /// <param name="retryAfterNs">When refused: how long to wait, nanoseconds; else 0.</param>
    public bool TryTake(ulong caller, long nowNs, out long retryAfterNs) => _rule.TryTake(ref _word[0], nowNs, out retryAfterNs);
}
