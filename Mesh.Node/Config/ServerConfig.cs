using System.Collections.Immutable;
using System.Net;

namespace Mesh.Node.Config;

/// <summary>One listener of a router.</summary>
/// <param name="Ip">One address, or all: <c>0.0.0.0</c>, <c>::</c>.</param>
/// <param name="Port">0 takes a free one.</param>
/// <param name="SocketOptions">Of the listener and what it accepts.</param>
/// <param name="Session">How long connections may live.</param>
/// <param name="HeadTimeoutMs">From a request's first byte to the end of its head, milliseconds: what a slow client may take.</param>
/// <param name="BodyIdleTimeoutMs">Longest pause within a request's body, or of a client that takes nothing of a response; milliseconds.</param>
/// <param name="Upgrades">Tokens of <c>Upgrade</c> that may turn a connection into a tunnel, in lower case; <c>*</c> is any without requests.</param>
/// <param name="Context">What is told with a request, and what is believed of it.</param>
/// <param name="Label">Its name in metrics and messages; null: its address.</param>
/// <param name="MaxConcurrentRequests">At once; the next is refused. Null: no limit.</param>
/// <param name="TimeoutMs">From a request's first byte to its response head, milliseconds; null: none.</param>
internal sealed record ServerConfig(
    IPAddress Ip,
    int Port,
    SocketOptionsConfig SocketOptions,
    ServerSessionConfig Session,
    int HeadTimeoutMs,
    int BodyIdleTimeoutMs,
    ImmutableArray<string> Upgrades,
    ServerContextConfig Context,
    string? Label,
    int? MaxConcurrentRequests,
    int? TimeoutMs)
{
    /// <summary>Linkerd's for http.</summary>
    public const int DefaultPort = 4140;

    /// <summary>Linkerd's for h2.</summary>
    public const int DefaultHttp2Port = 4142;

    /// <summary>None is written: it is the router's protocol that says which. In no config that was built whole.</summary>
    public const int UnsaidPort = -1;

    public const int DefaultHeadTimeoutMs = 10_000;
    public const int DefaultBodyIdleTimeoutMs = 60_000;
    public const string DefaultUpgrade = "*";

    /// <summary>How it secures what it accepts; null: not at all.</summary>
    public ServerTlsConfig? Tls { get; init; }

    /// <summary>Whether every connection begins with a header of the PROXY protocol, whose address is then the client's.</summary>
    public bool ProxyProtocol { get; init; }

    /// <summary>Whether a client without TLS may go on in HTTP/2 by <c>Upgrade: h2c</c>; null: not said, and so not.</summary>
    public bool? H2cUpgrade { get; init; }

    /// <summary>What its connections of HTTP/2 may cost.</summary>
    public Http2Config Http2 { get; init; } = Http2Config.Default;

    /// <summary>How it treats connections whose bytes nobody reads; a server for HTTP alone has none.</summary>
    public OpaqueServerConfig Opaque { get; init; } = OpaqueServerConfig.Default;

    public IPEndPoint EndPoint => new(Ip, Port);

    public TimeSpan HeadTimeout => TimeSpan.FromMilliseconds(HeadTimeoutMs);

    /// <summary>Null where none is written.</summary>
    public TimeSpan? Timeout => TimeoutMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null;

    public TimeSpan BodyIdleTimeout => TimeSpan.FromMilliseconds(BodyIdleTimeoutMs);
}

/// <summary>What a server tells with a request, and what of a client's own telling it believes.</summary>
/// <param name="ClearContext">Whether <c>l5d-*</c> headers are taken off what comes in, and off what goes out to the client.</param>
/// <param name="Forwarded">The <c>Forwarded</c> header (RFC 7239) that is added; null for none.</param>
/// <param name="TimestampHeader">The header that tells when a request arrived, milliseconds since 1970; null for none.</param>
/// <param name="MaxCallDepth">Most entries of <c>Via</c>: a request that has more goes in circles.</param>
internal sealed record ServerContextConfig(bool ClearContext, ForwardedConfig? Forwarded, string? TimestampHeader, int MaxCallDepth)
{
    /// <summary>Linkerd's, entries.</summary>
    public const int DefaultMaxCallDepth = 1000;

    public static ServerContextConfig Default { get; } = new(false, null, null, DefaultMaxCallDepth);

    /// <summary>Other nodes' requests for instances of this node: their context passes as it is, nobody is chosen, nothing is tried again.</summary>
    public bool IsInbound { get; init; }
}

/// <summary>Whom the <c>Forwarded</c> header names, and how.</summary>
internal sealed record ForwardedConfig(ForwardedLabel By, ForwardedLabel For);

/// <summary>One identifier of <c>Forwarded</c>.</summary>
/// <param name="Kind">How it is made.</param>
/// <param name="Text">The label of <see cref="ForwardedLabelKind.Static"/>; else null.</param>
internal sealed record ForwardedLabel(ForwardedLabelKind Kind, string? Text = null);

/// <summary>How an identifier of <c>Forwarded</c> is made (Linkerd's labelers).</summary>
internal enum ForwardedLabelKind
{
    /// <summary>Six random letters or digits for each request: <c>_Ab3xY9</c>.</summary>
    RequestRandom,

    /// <summary>The same for each connection.</summary>
    ConnectionRandom,
    Ip,
    IpPort,

    /// <summary>The router's label.</summary>
    Router,

    /// <summary>A text of the operator's.</summary>
    Static,
}

/// <summary>Options of a listener's sockets.</summary>
/// <param name="NoDelay">TCP_NODELAY.</param>
/// <param name="ReusePort">SO_REUSEPORT.</param>
/// <param name="KeepAlive">SO_KEEPALIVE.</param>
/// <param name="Backlog">Connections the kernel keeps before they are accepted; it also bounds them by its own limit (somaxconn).</param>
internal sealed record SocketOptionsConfig(bool NoDelay, bool ReusePort, bool KeepAlive, int Backlog)
{
    /// <summary>Connections; the kernel's own default limit since Linux 5.4.</summary>
    public const int DefaultBacklog = 4096;

    /// <summary>Longest wait for a client's bytes, milliseconds, as written; the server's time limits have taken it in. Null where none is.</summary>
    public int? ReadTimeoutMs { get; init; }

    /// <summary>Longest that a client may take nothing, milliseconds, as written; the time limits have taken it in. Null where none is.</summary>
    public int? WriteTimeoutMs { get; init; }
}

/// <summary>How long a client's connection may live.</summary>
/// <param name="IdleTimeMs">Without a request, milliseconds; 0 means for ever.</param>
/// <param name="LifeTimeMs">In all, milliseconds, the request in flight being finished; null for ever.</param>
internal sealed record ServerSessionConfig(int IdleTimeMs, int? LifeTimeMs)
{
    /// <summary>Ten minutes. Linkerd's connections never expire, and pile up behind clients that vanished.</summary>
    public const int DefaultIdleTimeMs = 600_000;

    /// <summary>Null for ever.</summary>
    public TimeSpan? IdleTime => IdleTimeMs == 0 ? null : TimeSpan.FromMilliseconds(IdleTimeMs);

    /// <summary>Null for ever.</summary>
    public TimeSpan? LifeTime => LifeTimeMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null;
}
