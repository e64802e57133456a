namespace Mesh.Routing.Limits;

/// <summary>A steady rate with bursts, for all together.</summary>
/// <remarks>Hot path, any thread, one word moved by compare-and-set.</remarks>
public sealed class RateLimiter
{
    private readonly Gcra _rule;
    private long _word;

    public RateLimiter(RateLimitConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _rule = new Gcra(config);
        _word = Gcra.Unused;
    }

    public RateLimitConfig Config { get; }

    /// <summary>Lets a request in, or tells when the next may come.</summary>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    /// <param name="retryAfterNs">When refused: how long to wait, nanoseconds; else 0.</param>
    public bool TryTake(long nowNs, out long retryAfterNs) => _rule.TryTake(ref _word, nowNs, out retryAfterNs);

    /// <summary>Gives back what <see cref="TryTake"/> took for a request that another limit refused.</summary>
    public void GiveBack() => _rule.GiveBack(ref _word);
}
