using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of each identifier of connections whose bytes nobody reads.</summary>
internal static class ConnectionIdentifierKeys
{
    public static readonly Section<ConnectionIdentifierConfig> Sni = new(
        "identifier `io.mesh.sni`",
        "The host that a TLS client asks for (SNI), in lower case: `/svc/db.example`. Where the server has `tls` it is what that handshake told, "
        + "else the ClientHello is read, and passes as it came.",
        [],
        static _ => new SniIdentifierConfig());

    public static readonly Section<ConnectionIdentifierConfig> OriginalDst = new(
        "identifier `io.mesh.originalDst`",
        "Where a connection was going, if not here: `/svc/10.0.0.5/5432`. With `proxyProtocol` of the server the load balancer's header says so; "
        + "else it is where the connection was going before it was redirected here (iptables REDIRECT or DNAT), which Linux alone knows. One that "
        + "was going to this server itself is not identified.",
        [],
        static _ => new OriginalDstIdentifierConfig());

    public static readonly Section<ConnectionIdentifierConfig> Port = new(
        "identifier `io.mesh.port`",
        "The port of this server that the connection came to, wherever it was going before: `/svc/5432`.",
        [],
        static _ => new PortIdentifierConfig());

    public static readonly Section<ConnectionIdentifierConfig> Static = new(
        "identifier `io.l5d.static` of connections",
        "One name for every connection.",
        [IdentifierKeys.Path],
        static view => new StaticConnectionConfig(view.Get(IdentifierKeys.Path)[1..]));
}

/// <summary>The kinds of <c>identifier</c> of a router <c>tcp</c>, and of <c>tcpIdentifier</c>.</summary>
internal static class ConnectionIdentifierKinds
{
    public static readonly KindTable Table = new(
        "an identifier of connections",
        "kind",
        null,
        [
            new Kind<ConnectionIdentifierConfig>(SniIdentifierConfig.KindName, "The host that a TLS client asks for.", ConnectionIdentifierKeys.Sni),
            new Kind<ConnectionIdentifierConfig>(
                OriginalDstIdentifierConfig.KindName, "Where it was going before it was redirected.", ConnectionIdentifierKeys.OriginalDst),
            new Kind<ConnectionIdentifierConfig>(PortIdentifierConfig.KindName, "The port that it came to.", ConnectionIdentifierKeys.Port),
            new Kind<ConnectionIdentifierConfig>(StaticIdentifierConfig.KindName, "One name for all.", ConnectionIdentifierKeys.Static),
        ]);
}
