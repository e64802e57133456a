using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Limits;
using Mesh.Routing.Retries;

namespace Mesh.Node.Config;

/// <summary>How destinations are called.</summary>
/// <param name="LoadBalancer">How an endpoint is picked.</param>
/// <param name="FailureAccrual">When an endpoint is taken out.</param>
/// <param name="ConnectTimeoutMs">For a place in a full pool, and again for a TCP connection, milliseconds.</param>
/// <param name="RequestAttemptTimeoutMs">From an attempt's start to its response head, milliseconds; null: five minutes of silence.</param>
/// <param name="Pool">The connections to each endpoint.</param>
internal sealed record ClientConfig(
    BalancerConfig LoadBalancer,
    AccrualConfig FailureAccrual,
    int ConnectTimeoutMs,
    int? RequestAttemptTimeoutMs,
    ConnectionPoolConfig Pool)
{
    /// <summary>Milliseconds; Finagle's fixed value.</summary>
    public const int DefaultConnectTimeoutMs = 1000;

    /// <summary>What holds where a config says nothing.</summary>
    public static ClientConfig Default { get; } =
        new(BalancerConfig.Default, AccrualConfig.Default, DefaultConnectTimeoutMs, null, ConnectionPoolConfig.Default);

    /// <summary>How many requests may be sent again because they provably reached nobody.</summary>
    public RetryBudgetConfig RequeueBudget { get; init; } = RetryBudgetConfig.Default;

    /// <summary>How long a connection to an endpoint may live.</summary>
    public ClientSessionConfig Session { get; init; } = ClientSessionConfig.Default;

    /// <summary>One connection that cannot be made takes an endpoint out.</summary>
    public bool FailFast { get; init; }

    /// <summary>How many requests may be out at once; null: as many as come.</summary>
    public ConcurrencyConfig? Concurrency { get; init; }

    /// <summary>Active checks; null: none.</summary>
    public HealthCheckConfig? HealthCheck { get; init; }

    /// <summary>What is spoken to endpoints; null: as the router's protocol has it.</summary>
    public ClientProtocol? Protocol { get; init; }

    /// <summary>How endpoints are told who the client is, at the beginning of a connection; of routers <c>tcp</c> alone.</summary>
    public ProxyHeaderVersion ProxyProtocol { get; init; }

    /// <summary>What a connection of HTTP/2 may cost.</summary>
    public Http2Config Http2 { get; init; } = Http2Config.Default;

    /// <summary>How endpoints are spoken with; null: in plain bytes.</summary>
    public ClientTlsConfig? Tls { get; init; }

    /// <summary>Endpoints are told who the client proved to be.</summary>
    public bool ForwardClientCert { get; init; }

    /// <summary>What ties requests to one endpoint, for balancers that hash; null: nothing.</summary>
    public RequestKeyConfig? Affinity { get; init; }

    public TimeSpan ConnectTimeout => TimeSpan.FromMilliseconds(ConnectTimeoutMs);

    /// <summary>Null where none is written.</summary>
    public TimeSpan? RequestAttemptTimeout => RequestAttemptTimeoutMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null;
}

/// <summary>What is spoken to endpoints.</summary>
internal enum ClientProtocol : byte
{
    /// <summary>HTTP/1.1: one exchange at a time on a connection.</summary>
    Http1 = 0,

    /// <summary>HTTP/2: many; known to be spoken, or agreed on in a TLS handshake.</summary>
    Http2,

    /// <summary>With TLS what the endpoint chooses of the two; without, what the request came by.</summary>
    Auto,
}

/// <summary>The header of the PROXY protocol that begins a connection.</summary>
internal enum ProxyHeaderVersion : byte
{
    None = 0,

    /// <summary>A line of text.</summary>
    V1,

    /// <summary>Binary.</summary>
    V2,
}

/// <summary>How long a connection to an endpoint may live.</summary>
/// <param name="IdleTimeMs">Without a request, milliseconds; null: as long as the pool keeps it.</param>
/// <param name="LifeTimeMs">In all, milliseconds; null: no limit. A request that is out is not cut off.</param>
internal sealed record ClientSessionConfig(int? IdleTimeMs, int? LifeTimeMs)
{
    public static ClientSessionConfig Default { get; } = new(null, null);
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
