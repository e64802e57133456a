namespace Mesh.Routing.Balancing;

/// <summary>How a destination spreads requests over its endpoints (Linkerd: <c>loadBalancer</c>). Compared by value.</summary>
public sealed record BalancerConfig
{
    public const int DefaultMaxEffort = 5;

    /// <summary>Half: Envoy's.</summary>
    public const double DefaultPanicThreshold = 0.5;

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

    /// <summary>Of <see cref="BalancerKind.Aperture"/>.</summary>
    public ApertureConfig Aperture { get; init; } = ApertureConfig.Default;

    /// <summary>Of <see cref="BalancerKind.RingHash"/> and <see cref="BalancerKind.Maglev"/>.</summary>
    public HashConfig Hash { get; init; } = HashConfig.Default;

    /// <summary>Endpoints that discovery dropped stay while they are alive (Linkerd: <c>enableProbation</c>); default false.</summary>
    public bool EnableProbation { get; init; }

    /// <summary>
    /// How long a new endpoint's share grows from a tenth to its whole, so that a cold process is not met by a full load; zero, the default: not
    /// at all. The share is that of the time passed since it joined, or came back to life.
    /// </summary>
    public TimeSpan SlowStart { get; init; }

    /// <summary>
    /// While less than this share of the endpoints is alive, 0 to 1, those that failed are used as if they were: better a few failures than all the
    /// load on the last good one. Endpoints whose connections fail stay out, they would relieve nobody. 0: never.
    /// </summary>
    public double PanicThreshold { get; init; } = DefaultPanicThreshold;
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

    /// <summary><c>aperture</c>: p2c within as many endpoints as the load asks for.</summary>
    Aperture,

    /// <summary><c>heap</c>: of all endpoints the one with the fewest requests out.</summary>
    Heap,

    /// <summary><c>ringHash</c>: consistent hashing on a ring (Karger 1997), with bounded load.</summary>
    RingHash,

    /// <summary><c>maglev</c>: consistent hashing by a table (Eisenbud 2016), with bounded load.</summary>
    Maglev,
}

/// <summary>When a window of endpoints widens and narrows; Finagle's and Linkerd's values.</summary>
public sealed record ApertureConfig
{
    public static ApertureConfig Default { get; } = new();

    /// <summary>Time constant of the average of offered load.</summary>
    public TimeSpan SmoothWindow { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests out per endpoint of the window at which it narrows by one.</summary>
    public double LowLoad { get; init; } = 0.5;

    /// <summary>Requests out per endpoint of the window at which it widens by one; above <see cref="LowLoad"/>.</summary>
    public double HighLoad { get; init; } = 2.0;

    /// <summary>The narrowest window, endpoints; 1 or more.</summary>
    public int MinAperture { get; init; } = 1;
}

/// <summary>How requests that belong together stay together.</summary>
public sealed record HashConfig
{
    /// <summary>As recommended by the paper (Mirrokni 2016) and HAProxy's <c>hash-balance-factor 125</c>.</summary>
    public const double DefaultBoundedLoad = 1.25;

    public static HashConfig Default { get; } = new();

    /// <summary>
    /// An endpoint takes at most this many times the average of requests out; what is more goes to the next one. 1 or more; 0: no bound, so that a
    /// hot key may overload its endpoint.
    /// </summary>
    public double BoundedLoad { get; init; } = DefaultBoundedLoad;
}
