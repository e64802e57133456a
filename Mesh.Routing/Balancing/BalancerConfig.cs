namespace Mesh.Routing.Balancing;

/// <summary>How a destination spreads requests over its endpoints (Linkerd: <c>loadBalancer</c>).</summary>
public sealed record BalancerConfig
{
    public const int DefaultMaxEffort = 5;

    /// <summary>Ten seconds: Finagle's and Linkerd's default.</summary>
    public static readonly TimeSpan DefaultDecay = TimeSpan.FromSeconds(10);

    public static BalancerConfig Default { get; } = new();

    public BalancerKind Kind { get; init; } = BalancerKind.PeakEwma;

    /// <summary>
    /// Picks that are tried before the destination looks at its endpoints one by one (Linkerd: <c>maxEffort</c>); 1 or more, default 5. More spends
    /// time, fewer makes picks less even while endpoints rest.
    /// </summary>
    public int MaxEffort { get; init; } = DefaultMaxEffort;

    /// <summary>
    /// How long a latency peak is remembered (Linkerd: <c>decayTimeMs</c>), default 10 s. Longer is more careful with endpoints that were slow,
    /// shorter forgives sooner.
    /// </summary>
    public TimeSpan Decay { get; init; } = DefaultDecay;
}

/// <summary>The algorithms, by the names that configs use.</summary>
public enum BalancerKind
{
    /// <summary><c>ewma</c>: the cheaper of two random endpoints by Peak-EWMA load.</summary>
    PeakEwma,

    /// <summary><c>p2c</c>: of two random endpoints the one with fewer requests out.</summary>
    LeastLoaded,

    /// <summary><c>roundRobin</c>: one after the other.</summary>
    RoundRobin,
}
