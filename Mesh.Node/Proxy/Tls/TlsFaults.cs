using System.Net;
using Mesh.Wire.Faults;
using Mesh.Wire.Pools;
using Mesh.Wire.Tls;

namespace Mesh.Node.Proxy.Tls;

/// <summary>Why no secured connection to an endpoint came about, for who reads <c>l5d-err</c>. Nothing was sent: another may be tried.</summary>
internal static class TlsFaults
{
    /// <param name="result">Of the pool.</param>
    /// <param name="address">Who was dialled.</param>
    /// <param name="destination">Its client name.</param>
    /// <param name="isNode">The address is another node's inbound side.</param>
    public static FaultReport OfPool(in PoolResult result, IPEndPoint address, string destination, bool isNode)
    {
        (FaultParty party, FaultCause cause) = result.Tls switch
        {
            TlsFailure.TimedOut => (FaultParty.Backend, FaultCause.TimedOut),
            TlsFailure.Closed => (FaultParty.Backend, FaultCause.Closed),
            TlsFailure.Untrusted or TlsFailure.WrongName or TlsFailure.NoCertificate => (FaultParty.Backend, FaultCause.Untrusted),
            TlsFailure.PlainForbidden or TlsFailure.Unequipped => (FaultParty.Node, FaultCause.Untrusted),
            _ => (FaultParty.Backend, FaultCause.Rejected),
        };
        string who = $"{address} ({destination})";
        return new FaultReport(
            new Fault(FaultStage.Handshake, party, cause, IsRetryable: true), isNode ? OfNode(result, who) : OfEndpoint(result, who));
    }

    /// <summary>
    /// With TLS 1.3 the dialled side judges a certificate after the dialling side is done: its no comes as the end of a connection that looked good.
    /// </summary>
    /// <returns>Null: nothing speaks for it.</returns>
    public static string? OfSilence(TlsTransport? tls, string who) => tls is null ? null
        : $"{who} closed the connection after the TLS handshake without a response{(tls.Failure is { } alert ? $": {alert}" : "")}. "
          + "Does it trust this side's certificate? Its log says.";

    private static string OfNode(in PoolResult result, string who) => result.Tls switch
    {
        TlsFailure.PlainForbidden =>
            $"The inbound side {who} speaks no TLS, and this node, which has `cluster.tls`, sends requests to no node without. "
            + "Give that node `cluster.tls` and start it anew; or write `insecure: true` in this node's `cluster` until it has it.",
        TlsFailure.Unequipped =>
            $"The inbound side {who} takes TLS alone, and this node has no certificates. Give this node `cluster.tls` and start it anew; "
            + "a node that is in no cluster with that one needs it too, in a `cluster` section of its own, from an authority that both trust.",
        TlsFailure.NotTls =>
            $"The inbound side {who} answered the TLS handshake with something else: its node runs without `cluster.tls`, "
            + "or another program has its port.",
        TlsFailure.Untrusted or TlsFailure.NoCertificate =>
            $"The certificate of the inbound side {who} is not trusted: {result.Detail}. "
            + "It must come from an authority in this node's `cluster.tls.caCertPath`, be made for servers and be in date.",
        TlsFailure.WrongName =>
            $"The inbound side {who} showed another's certificate: {result.Detail}. "
            + "A node's certificate must name the host that the node advertises (`cluster.advertise`); or something stands in its place.",
        TlsFailure.Refused =>
            $"The inbound side {who} ended the TLS handshake: {result.Detail} "
            + "Does it trust this node's certificate (`caCertPath` there)? Its log says.",
        _ => OfEndpoint(result, who),
    };

    private static string OfEndpoint(in PoolResult result, string who) => result.Tls switch
    {
        TlsFailure.TimedOut =>
            $"{who} did not complete the TLS handshake within connectTimeoutMs. Is it overloaded, or does it wait for another protocol?",
        TlsFailure.NotTls => $"{who} speaks no TLS on this port, and `tls` of the client says that it does. Name its TLS port, or take `tls` off.",
        TlsFailure.Untrusted or TlsFailure.NoCertificate =>
            $"The certificate of {who} is not trusted: {result.Detail}. Name its authority in `trustCertsBundle` of the client's `tls`.",
        TlsFailure.WrongName => $"The certificate of {who} is another's: {result.Detail}. See `commonName` of the client's `tls`.",
        TlsFailure.OtherProtocol =>
            $"{who} does not speak inside TLS what this node offered (ALPN: {result.Detail}). If `client.protocol` is `h2`, write "
            + "`client.protocol: http1` for it, or `auto`, which takes what it chooses.",
        TlsFailure.Refused =>
            $"{who} ended the TLS handshake: {result.Detail} Does it ask for a certificate (`clientAuth`), or for another name?",
        TlsFailure.Closed => $"{who} closed the connection within the TLS handshake. Does it speak TLS on this port?",
        _ => $"No TLS connection to {who} came about: {result.Detail}",
    };
}
