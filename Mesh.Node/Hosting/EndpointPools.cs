using System.Text;
using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Mesh.Node.Proxy;
using Mesh.Node.Proxy.Opaque;
using Mesh.Node.Proxy.Tls;
using Mesh.Routing.Destinations;
using Mesh.Wire.Http2;
using Mesh.Wire.Pools;
using Mesh.Wire.Tls;

namespace Mesh.Node.Hosting;

/// <summary>
/// What is spoken with an endpoint, and so which pools it has: as the client's config says, unless whoever registered it knows better; with a node's
/// inbound side always as nodes speak.
/// </summary>
/// <param name="Pools">Of the router.</param>
/// <param name="Plain">Settings of HTTP/1.1 without TLS.</param>
/// <param name="Http2">Of HTTP/2.</param>
/// <param name="Protocol">As the config says.</param>
/// <param name="Tls">As the config says; null: none.</param>
/// <param name="Nodes">How nodes are dialled.</param>
/// <param name="OwnEnds">Of the node.</param>
internal sealed record EndpointPools(
    PoolTable Pools, PoolSettings Plain, Http2Options Http2, ClientProtocol Protocol, EndpointDialing? Tls, NodeTls Nodes, OwnEnds OwnEnds)
{
    public PooledEndpoint Of(EndpointKey endpoint)
    {
        PoolSettings settings = endpoint.Instance is null ? OfApp(endpoint.Protocol) : OfNode(endpoint);
        EndpointDialing? opaque = endpoint.Instance is null ? Offering(HttpOffer.Nothing) : null;
        bool isEither = endpoint is { Instance: null, Protocol: AddressProtocol.Unsaid } && Protocol == ClientProtocol.Auto;
        return new PooledEndpoint(Pools, Pools.Acquire(endpoint.Address, settings))
        {
            FollowsRequest = Tls is null,
            Authority = endpoint.Authority is { } authority ? Encoding.ASCII.GetBytes(authority) : [],
            Raw = new RawDialing(endpoint.Address, opaque, Plain.Options.ConnectTimeoutNs, OwnEnds),
            Http1 = isEither ? Pools.Acquire(endpoint.Address, Plain with { Tls = Offering(HttpOffer.Http1) }) : null,
        };
    }

    private PoolSettings OfApp(AddressProtocol said)
    {
        ClientProtocol protocol = said switch
        {
            AddressProtocol.Http1 => ClientProtocol.Http1,
            AddressProtocol.Http2 => ClientProtocol.Http2,
            _ => Protocol,
        };
        return protocol switch
        {
            ClientProtocol.Http1 => Plain with { Tls = Offering(HttpOffer.Http1) },
            ClientProtocol.Http2 => Plain with { Http2 = Http2, Tls = Offering(HttpOffer.Http2) },
            _ => Plain with { Http2 = Http2, PeerChooses = Tls is not null, Tls = Offering(HttpOffer.Either) },
        };
    }

    /// <summary>With TLS the handshake says whether the other node is of those that multiplex; without, its instances' rows do.</summary>
    private PoolSettings OfNode(EndpointKey endpoint)
    {
        TlsDialing? terms = Nodes.TermsOf(endpoint.Host);
        bool isHttp2 = terms is NodeDialing || (terms is null && endpoint.Protocol == AddressProtocol.Http2);
        return Plain with
        {
            Options = Plain.Options with { Limits = HopRoom.Widen(Plain.Options.Limits) },
            Http2 = isHttp2 ? HopRoom.Widen(Http2) : null,
            PeerChooses = terms is NodeDialing,
            Tls = terms,
        };
    }

    private EndpointDialing? Offering(HttpOffer offer) => Tls is null ? null : Tls with { Offer = offer };
}
