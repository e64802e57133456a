using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of a server of a router <c>tcp</c>.</summary>
internal static class TcpServerKeys
{
    public static readonly IntKey Port = new("port", 0, 0, SharedKeys.MaxPort, "", "port to listen on; 0 takes a free one") { Required = true };

    public static readonly SectionKey<int> Detect = new(
        "detect",
        new Section<int>(
            "`detect` of a router `tcp`",
            "How a ClientHello is waited for, where an identifier asks for its host.",
            [DetectKeys.TimeoutMs],
            static view => view.Get(DetectKeys.TimeoutMs)),
        "How a ClientHello is waited for.");

    public static readonly Section<ServerConfig> Section = new(
        "a server of a router `tcp`",
        "A listener of a router `tcp`.",
        [
            Port, ServerKeys.Ip, ServerKeys.Label, ServerKeys.SocketOptions, ServerKeys.ProxyProtocol, ServerKeys.Tls,
            OpaqueServerKeys.IdleTimeoutMs, Detect,
        ],
        static view => ServerKeys.Build(view) with
        {
            Port = view.Get(Port),
            Opaque = OpaqueServerConfig.Default with { IdleTimeoutMs = view.Get(OpaqueServerKeys.IdleTimeoutMs), DetectTimeoutMs = view.Get(Detect) },
        })
    { Beside = static () => [TcpRouterKeys.Client] };
}

/// <summary>The keys of a server of a router <c>auto</c>.</summary>
internal static class AutoServerKeys
{
    public static readonly Section<ServerConfig> Section = new(
        "a server of a router `auto`",
        "A listener of a router `auto`: the keys of one for HTTP, and those of connections whose bytes nobody reads.",
        [.. ServerKeys.All, .. OpaqueServerKeys.All],
        static view => ServerKeys.Build(view) with { Opaque = OpaqueServerKeys.Build(view) })
    { Beside = static () => [RouterKeys.Client, RouterKeys.Service] };
}
