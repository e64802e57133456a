using System.Collections.Immutable;
using System.Net;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of a server.</summary>
internal static class ServerKeys
{
    public static readonly OptionalIntKey Port = new(
        "port", "4140, of a router `h2` 4142", 0, SharedKeys.MaxPort, "", "Port to listen on; 0 takes a free one.");

    public static readonly AddressKey Ip = new("ip", IPAddress.Loopback, "Address to listen on; `0.0.0.0` or `::` for all.");

    public static readonly TextKey Label = SharedKeys.Label("its address", "The server's name in metrics and messages.");

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

    public static readonly OptionalIntKey TimeoutMs = new(
        "timeoutMs", "unlimited", 1, SharedKeys.MaxMs, "ms", "From a request's first byte to its response head; 503 beyond.");

    public static readonly OptionalIntKey MaxConcurrentRequests = new(
        "maxConcurrentRequests", "unlimited", 1, int.MaxValue, "requests", "Requests at once; the next is refused with 503, none waits.");

    public static readonly ListKey<string?> Upgrades = new(
        "upgrades",
        new TextKey("upgrades", "", "", "the token of an upgrade, such as `websocket`", SharedKeys.IsToken,
        "A token.") { Normalize = static text => text.ToLowerInvariant() },
        [ServerConfig.DefaultUpgrade],
        "Tokens of `Upgrade` that may turn a connection into a tunnel; `*` is any that carries no requests (not h2c, HTTP, TLS); "
        + "`[]` for none; Mesh's own key.")
    { Absent = $"[{ServerConfig.DefaultUpgrade}]" };

    public static readonly BoolKey H2cUpgrade = new(
        "h2cUpgrade", false,
        "Whether a client without TLS that offers `Upgrade: h2c` (Java's HttpClient, `curl --http2`) goes on in HTTP/2 with this node; a request "
        + "with a body is answered in HTTP/1.1. Not where a proxy in front judges requests and passes such offers on unread; Mesh's own key.")
    { Absent = "false, of a router `h2` true" };

    public static readonly BoolKey ClearContext = new(
        "clearContext", false, "Whether `l5d-*` headers are taken off what comes in, and off what goes back to the client.");

    public static readonly SectionKey<ForwardedConfig> AddForwardedHeader = new(
        "addForwardedHeader", ForwardedKeys.Section, "Adds the `Forwarded` header (RFC 7239) to requests; `{}` for its defaults.");

    public static readonly TextKey TimestampHeader = new(
        "timestampHeader", null, "none", "the name of a header", SharedKeys.IsToken,
        "A header that is added to requests with their time of arrival, milliseconds since 1970.");

    public static readonly IntKey MaxCallDepth = new(
        "maxCallDepth", ServerContextConfig.DefaultMaxCallDepth, 1, 1_000_000, "entries of `Via`",
        "A request that has come through more proxies goes in circles, and is refused with 400.");

    public static readonly BoolKey ProxyProtocol = new(
        "proxyProtocol", false,
        "Whether every connection begins with a header of the PROXY protocol, version 1 or 2; one that does not is reset. The addresses in it are "
        + "from then on the client's and its original destination (`io.mesh.originalDst`). Only where nobody but the load "
        + "balancer can connect: whoever can may claim any address. Mesh's own key.");

    public static readonly SectionKey<ServerTlsConfig> Tls = new("tls", ServerTlsKeys.Section, "TLS to clients.");

    /// <summary>Of a server that takes HTTP.</summary>
    public static ImmutableArray<Key> All { get; } =
    [
        Port, Ip, Label, SocketOptions, ServerSession, HeadTimeoutMs, BodyIdleTimeoutMs, TimeoutMs, MaxConcurrentRequests, Upgrades,
        H2cUpgrade, ClearContext, AddForwardedHeader, TimestampHeader, MaxCallDepth,
        ProxyProtocol, Tls, .. Http2Keys.OfServer,
        new UnsupportedKey("announce", "Names to register this server under.", "[]"),
    ];

    public static readonly Section<ServerConfig> Section = new("a server", "A listener of a router.", All, Build)
    {
        Beside = static () => [RouterKeys.Client, RouterKeys.Service],
    };

    /// <summary>A server of any protocol, with the defaults of what its section does not have.</summary>
    public static ServerConfig Build(SectionView view)
    {
        SocketOptionsConfig socket = view.Get(SocketOptions);
        ServerSessionConfig session = view.Get(ServerSession);
        int? read = socket.ReadTimeoutMs, write = socket.WriteTimeoutMs;
        return new ServerConfig(
            view.Get(Ip),
            view.Get(Port) ?? ServerConfig.UnsaidPort,
            socket,
            session with { IdleTimeMs = session.IdleTimeMs == 0 ? read ?? 0 : Least(session.IdleTimeMs, read) },
            Least(view.Get(HeadTimeoutMs), read),
            Least(view.Get(BodyIdleTimeoutMs), read, write),
            view.Get(Upgrades)!,
            new ServerContextConfig(
                view.Get(ClearContext),
                view.Find(AddForwardedHeader) is null ? null : view.Get(AddForwardedHeader),
                view.Get(TimestampHeader),
                view.Get(MaxCallDepth)),
            view.Get(Label),
            view.Get(MaxConcurrentRequests),
            view.Get(TimeoutMs))
        {
            Tls = view.Find(Tls) is null ? null : view.Get(Tls),
            ProxyProtocol = view.Get(ProxyProtocol),
            H2cUpgrade = view.Find(H2cUpgrade) is null ? null : view.Get(H2cUpgrade),
            Http2 = Http2Keys.Over(view, Http2Config.Default),
        };
    }

    private static int Least(int value, int? first, int? second = null) => Math.Min(value, Math.Min(first ?? value, second ?? value));
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
