using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of a router <c>tcp</c>: those of HTTP's without heads, bodies and responses.</summary>
internal static class TcpRouterKeys
{
    public const string Protocol = "tcp";

    public static readonly ListKey<ConnectionIdentifierConfig> Identifier = new(
        "identifier", new KindKey<ConnectionIdentifierConfig>("identifier", ConnectionIdentifierKinds.Table, "An identifier."),
        [new PortIdentifierConfig()],
        "How connections get their names; one, or a list of which the first that identifies wins.")
    { OneOrMany = true, Least = 1, Absent = $"kind: {PortIdentifierConfig.KindName}" };

    public static readonly KindKey<PolicyConfig<ClientConfig>> Client = new("client", TcpClientKinds.Table, "How destinations are called.");

    public static readonly ListKey<ServerConfig> Servers = new(
        "servers", new SectionKey<ServerConfig>("servers", TcpServerKeys.Section, "A server."), [], "one listener or more, such as `- port: 5432`")
    { Required = true, Least = 1 };

    public static readonly Section<RouterConfig> Section = new(
        "a router `tcp`",
        "A router for connections whose bytes nobody reads: each gets a name, and one connection to an endpoint, for as long as it lives.",
        [
            RouterKeys.Label, RouterKeys.DstPrefix, RouterKeys.Dtab, Identifier, RouterKeys.Interpreter, RouterKeys.BindingTimeoutMs,
            RouterKeys.BindingCache, Client, Servers, RouterKeys.Originator,
            new UnsupportedKey("service", "What it says is about requests and responses"),
        ],
        static view => RouterKeys.Bare(view, Protocol, view.Get(Client), view.Get(Servers)) with
        {
            Takes = RouterTakes.Opaque,
            ConnectionIdentifiers = view.Get(Identifier),
        });
}

/// <summary>The keys of a router <c>auto</c>: HTTP's, and how other connections get their names.</summary>
internal static class AutoRouterKeys
{
    public const string Protocol = "auto";

    public static readonly ListKey<ConnectionIdentifierConfig> TcpIdentifier = new(
        "tcpIdentifier", new KindKey<ConnectionIdentifierConfig>("tcpIdentifier", ConnectionIdentifierKinds.Table, "An identifier."),
        [new SniIdentifierConfig(), new OriginalDstIdentifierConfig(), new PortIdentifierConfig()],
        "How connections that do not speak HTTP get their names; one, or a list of which the first that identifies wins.")
    {
        OneOrMany = true,
        Least = 1,
        Absent = $"{SniIdentifierConfig.KindName}, {OriginalDstIdentifierConfig.KindName}, {PortIdentifierConfig.KindName}",
    };

    public static readonly ListKey<ServerConfig> Servers = new(
        "servers", new SectionKey<ServerConfig>("servers", AutoServerKeys.Section, "A server."), [], "one listener or more, such as `- port: 4140`")
    { Required = true, Least = 1 };

    public static readonly Section<RouterConfig> Section = new(
        "a router `auto`",
        "A router that looks at the first bytes of each connection: HTTP/1.x and HTTP/2 are treated as in a router `http`, TLS that ends "
        + "elsewhere and all other bytes as in a router `tcp`.",
        RouterKeys.With(Servers, TcpIdentifier),
        static view => RouterKeys.Build(view, Protocol, view.Get(Servers)) with
        {
            Takes = RouterTakes.Either,
            ConnectionIdentifiers = view.Get(TcpIdentifier),
        })
    { Rules = RouterKeys.CheckTogether };
}
