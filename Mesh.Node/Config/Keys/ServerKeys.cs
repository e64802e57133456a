using System.Net;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of a server.</summary>
internal static class ServerKeys
{
    public static readonly IntKey Port = new(
        "port", ServerConfig.DefaultPort, 0, SharedKeys.MaxPort, "", "Port to listen on; 0 takes a free one.");

    public static readonly AddressKey Ip = new("ip", IPAddress.Loopback, "Address to listen on; `0.0.0.0` or `::` for all.");

    public static readonly SectionKey<SocketOptionsConfig> SocketOptions = new(
        "socketOptions", SocketOptionsKeys.Section, "Options of the sockets.");

    public static readonly SectionKey<ServerSessionConfig> ServerSession = new(
        "serverSession", ServerSessionKeys.Section, "How long a client's connection may live.");

    public static readonly IntKey HeadTimeoutMs = new(
        "headTimeoutMs", ServerConfig.DefaultHeadTimeoutMs, 1, SharedKeys.MaxMs, "ms",
        "From a request's first byte to the end of its head; Mesh's own key.");

    public static readonly IntKey BodyIdleTimeoutMs = new(
        "bodyIdleTimeoutMs", ServerConfig.DefaultBodyIdleTimeoutMs, 1, SharedKeys.MaxMs, "ms",
        "Longest pause within a request's body, and longest that a client may take nothing of a response; Mesh's own key.");

    public static readonly ListKey<string?> Upgrades = new(
        "upgrades",
        new TextKey("upgrades", "", "", "the token of an upgrade, such as `websocket`", SharedKeys.IsToken,
        "A token.") { Normalize = static text => text.ToLowerInvariant() },
        [ServerConfig.DefaultUpgrade],
        "Tokens of `Upgrade` that may turn a connection into a tunnel; `*` is any that carries no requests (not h2c, HTTP, TLS); "
        + "`[]` for none; Mesh's own key.")
    { Absent = $"[{ServerConfig.DefaultUpgrade}]" };

    public static readonly Section<ServerConfig> Section = new(
        "a server",
        "A listener of a router.",
        [
            Port, Ip, SocketOptions, ServerSession, HeadTimeoutMs, BodyIdleTimeoutMs, Upgrades,
            new InertKey("label", "A name of the server for Linkerd's own use.", "metrics and messages tell servers by their address"),
            new UnsupportedKey("tls", "TLS to clients."),
            new UnsupportedKey("maxConcurrentRequests", "A limit of requests at once."),
            new UnsupportedKey("timeoutMs", "A limit of a request's whole time."),
            new UnsupportedKey("announce", "Names to register this server under.", "[]"),
            new UnsupportedKey("clearContext", "Removal of `l5d-*` headers that clients send.", "false"),
            new UnsupportedKey("addForwardedHeader", "The `Forwarded` header."),
            new UnsupportedKey("timestampHeader", "A header with the time of arrival."),
            new UnsupportedKey("maxCallDepth", "A limit of `Via` entries."),
        ],
        static view => new ServerConfig(
            view.Get(Ip),
            view.Get(Port),
            view.Get(SocketOptions),
            view.Get(ServerSession),
            view.Get(HeadTimeoutMs),
            view.Get(BodyIdleTimeoutMs),
            view.Get(Upgrades)!,
            ServerContextConfig.Default,
            null,
            null,
            null));
}

/// <summary>The keys of a server's <c>socketOptions</c>.</summary>
internal static class SocketOptionsKeys
{
    public static readonly BoolKey NoDelay = new("noDelay", true, "Sends small writes at once (TCP_NODELAY).");
    public static readonly BoolKey ReusePort = new("reusePort", false, "Shares the port with other processes (SO_REUSEPORT).");
    public static readonly BoolKey KeepAlive = new("keepAlive", false, "Lets the kernel probe idle connections (SO_KEEPALIVE).");

    public static readonly IntKey Backlog = new(
        "backlog", SocketOptionsConfig.DefaultBacklog, 1, 65_535, "connections",
        "Connections that wait to be accepted; the kernel's own limit also holds.");

    public static readonly Section<SocketOptionsConfig> Section = new(
        "`socketOptions`",
        "Options of a listener and of the connections that it accepts.",
        [
            NoDelay, ReusePort, KeepAlive, Backlog,
            new UnsupportedKey("reuseAddr", "Listening only once old connections are gone; a listener always reuses its address.", "true"),
            new UnsupportedKey("readTimeoutMs", "A limit between reads; see `headTimeoutMs`, `bodyIdleTimeoutMs` and `serverSession`."),
            new UnsupportedKey("writeTimeoutMs", "A limit between writes; see `bodyIdleTimeoutMs`."),
        ],
        static view => new SocketOptionsConfig(view.Get(NoDelay), view.Get(ReusePort), view.Get(KeepAlive), view.Get(Backlog)));
}

/// <summary>The keys of <c>serverSession</c>.</summary>
internal static class ServerSessionKeys
{
    public static readonly IntKey IdleTimeMs = new(
        "idleTimeMs", ServerSessionConfig.DefaultIdleTimeMs, 0, int.MaxValue, "ms",
        "A connection without a request closes after this long; 0 for never.");

    public static readonly OptionalIntKey LifeTimeMs = new(
        "lifeTimeMs", "unlimited", 1, int.MaxValue, "ms", "A connection closes after this long, once its request is done.");

    public static readonly Section<ServerSessionConfig> Section = new(
        "`serverSession`",
        "How long a client's connection may live.",
        [IdleTimeMs, LifeTimeMs],
        static view => new ServerSessionConfig(view.Get(IdleTimeMs), view.Get(LifeTimeMs)));
}
