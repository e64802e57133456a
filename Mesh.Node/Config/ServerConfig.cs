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
internal sealed record ServerConfig(
    IPAddress Ip,
    int Port,
    SocketOptionsConfig SocketOptions,
    ServerSessionConfig Session,
    int HeadTimeoutMs,
    int BodyIdleTimeoutMs,
    ImmutableArray<string> Upgrades)
{
    /// <summary>Linkerd's for http.</summary>
    public const int DefaultPort = 4140;

    public const int DefaultHeadTimeoutMs = 10_000;
    public const int DefaultBodyIdleTimeoutMs = 60_000;
    public const string DefaultUpgrade = "*";

    public IPEndPoint EndPoint => new(Ip, Port);

    public TimeSpan HeadTimeout => TimeSpan.FromMilliseconds(HeadTimeoutMs);

    public TimeSpan BodyIdleTimeout => TimeSpan.FromMilliseconds(BodyIdleTimeoutMs);
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
