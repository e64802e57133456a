using Mesh.Routing.Limits;
using Mesh.Routing.Retries;

namespace Mesh.Node.Config;

/// <summary>How destinations are called.</summary>
/// <param name="LoadBalancer">How an endpoint is picked.</param>
/// <param name="FailureAccrual">When an endpoint is taken out; null for never.</param>
/// <param name="ConnectTimeoutMs">For a place in a full pool, and again for a TCP connection, milliseconds.</param>
/// <param name="RequestAttemptTimeoutMs">From an attempt's start to its response head, milliseconds; null: five minutes of silence.</param>
/// <param name="Pool">The connections to each endpoint.</param>
internal sealed record ClientConfig(
    LoadBalancerConfig LoadBalancer,
    FailureAccrualConfig? FailureAccrual,
    int ConnectTimeoutMs,
    int? RequestAttemptTimeoutMs,
    ConnectionPoolConfig Pool)
{
    /// <summary>Milliseconds; Finagle's fixed value.</summary>
    public const int DefaultConnectTimeoutMs = 1000;

    /// <summary>What holds where a config says nothing.</summary>
    public static ClientConfig Default { get; } =
        new(LoadBalancerConfig.Default, FailureAccrualConfig.Default, DefaultConnectTimeoutMs, null, ConnectionPoolConfig.Default);

    /// <summary>How many requests may be sent again because they provably reached nobody.</summary>
    public RetryBudgetConfig RequeueBudget { get; init; } = RetryBudgetConfig.Default;

    /// <summary>How many requests may be out at once; null: as many as come.</summary>
    public ConcurrencyConfig? Concurrency { get; init; }

    /// <summary>Active checks; null: none.</summary>
    public HealthCheckConfig? HealthCheck { get; init; }

    /// <summary>What ties requests to one endpoint, for balancers that hash; null: nothing.</summary>
    public RequestKeyConfig? Affinity { get; init; }

    public TimeSpan ConnectTimeout => TimeSpan.FromMilliseconds(ConnectTimeoutMs);

    /// <summary>Null where none is written.</summary>
    public TimeSpan? RequestAttemptTimeout => RequestAttemptTimeoutMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null;
}

/// <summary>How an endpoint is picked.</summary>
internal enum BalancerKind
{
    /// <summary>The less loaded of two random picks, load being the peak-sensitive average latency times requests in flight.</summary>
    PeakEwma,

    /// <summary>The one with fewer requests in flight of two random picks.</summary>
    LeastLoaded,
    RoundRobin,
}

/// <summary>The balancer of each destination.</summary>
/// <param name="Kind">The rule of picking.</param>
/// <param name="MaxEffort">Picks before an endpoint that is not open is taken all the same.</param>
/// <param name="DecayTimeMs">Time constant of the latency average, milliseconds; used by Peak-EWMA only.</param>
internal sealed record LoadBalancerConfig(BalancerKind Kind, int MaxEffort, int DecayTimeMs)
{
    /// <summary>Finagle's, picks.</summary>
    public const int DefaultMaxEffort = 5;

    /// <summary>Finagle's, milliseconds.</summary>
    public const int DefaultDecayTimeMs = 10_000;

    public static LoadBalancerConfig Default { get; } = new(BalancerKind.PeakEwma, DefaultMaxEffort, DefaultDecayTimeMs);

    public TimeSpan DecayTime => TimeSpan.FromMilliseconds(DecayTimeMs);
}

/// <summary>Takes an endpoint out after failures in a row (<c>io.l5d.consecutiveFailures</c>), and tries it again by one probe at a time.</summary>
internal sealed record FailureAccrualConfig(int Failures, BackoffConfig Backoff)
{
    /// <summary>Linkerd's.</summary>
    public const int DefaultFailures = 5;

    public static FailureAccrualConfig Default { get; } = new(DefaultFailures, BackoffConfig.Default);
}

/// <summary>How the pauses between probes grow.</summary>
internal enum BackoffKind
{
    /// <summary>Always <see cref="BackoffConfig.MinMs"/>.</summary>
    Constant,

    /// <summary>From the shortest to three times the last, at random: what Linkerd's configured <c>jittered</c> does.</summary>
    DecorrelatedJitter,

    /// <summary>Half of a doubling pause and as much again at random: what Linkerd does where nothing is configured.</summary>
    EqualJitter,
}

/// <summary>Pauses between probes.</summary>
/// <param name="Kind">How they grow.</param>
/// <param name="MinMs">The first and shortest, milliseconds.</param>
/// <param name="MaxMs">The longest, milliseconds.</param>
internal sealed record BackoffConfig(BackoffKind Kind, int MinMs, int MaxMs)
{
    /// <summary>Linkerd's: 5 s to 300 s with equal jitter.</summary>
    public static BackoffConfig Default { get; } = new(BackoffKind.EqualJitter, 5_000, 300_000);

    public TimeSpan Min => TimeSpan.FromMilliseconds(MinMs);

    public TimeSpan Max => TimeSpan.FromMilliseconds(MaxMs);
}

/// <summary>The connections to one endpoint.</summary>
/// <param name="MinSize">Not closed for being idle; none is opened ahead of need.</param>
/// <param name="MaxSize">Open at once.</param>
/// <param name="IdleTimeMs">An idle one above <paramref name="MinSize"/> closes after this long, milliseconds.</param>
/// <param name="MaxWaiters">Requests that wait for one; the next is refused.</param>
internal sealed record ConnectionPoolConfig(int MinSize, int MaxSize, int IdleTimeMs, int MaxWaiters)
{
    public const int DefaultMinSize = 0;

    /// <summary>Connections. Linkerd has no limit, and lets a burst take every port and file handle.</summary>
    public const int DefaultMaxSize = 1024;

    /// <summary>One minute, milliseconds. Linkerd keeps them for ever.</summary>
    public const int DefaultIdleTimeMs = 60_000;

    /// <summary>Requests. Linkerd has no limit.</summary>
    public const int DefaultMaxWaiters = 1024;

    public static ConnectionPoolConfig Default { get; } = new(DefaultMinSize, DefaultMaxSize, DefaultIdleTimeMs, DefaultMaxWaiters);

    public TimeSpan IdleTime => TimeSpan.FromMilliseconds(IdleTimeMs);
}
