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
/// <param name="pools">Of the router.</param>
/// <param name="plain">Settings of HTTP/1.1 without TLS.</param>
/// <param name="http2">Of HTTP/2.</param>
/// <param name="protocol">As the config says.</param>
/// <param name="tls">As the config says; null: none.</param>
/// <param name="nodes">How nodes are dialled.</param>
/// <param name="ownEnds">Of the node.</param>
internal sealed class EndpointPools(
    PoolTable pools, PoolSettings plain, Http2Options http2, ClientProtocol protocol, EndpointDialing? tls, NodeTls nodes, OwnEnds ownEnds)
{
    // Made once, as nearly every endpoint has one of them: a destination may have thousands.
    private readonly PoolSettings _http1 = plain with { Tls = Offering(tls, HttpOffer.Http1) };
    private readonly PoolSettings _http2 = plain with { Http2 = http2, Tls = Offering(tls, HttpOffer.Http2) };
    private readonly PoolSettings _either = plain with { Http2 = http2, PeerChooses = tls is not null, Tls = Offering(tls, HttpOffer.Either) };
    private readonly PoolSettings _nodeHttp1 = Widen(plain);
    private readonly PoolSettings _nodeHttp2 = Widen(plain) with { Http2 = HopRoom.Widen(http2) };
    private readonly EndpointDialing? _opaque = Offering(tls, HttpOffer.Nothing);

    public PooledEndpoint Of(EndpointKey endpoint)
    {
        bool isApp = endpoint.Instance is null;
        bool isEither = isApp && protocol == ClientProtocol.Auto && endpoint.Protocol == AddressProtocol.Unsaid;
        return new PooledEndpoint(pools, pools.Acquire(endpoint.Address, isApp ? OfApp(endpoint.Protocol) : OfNode(endpoint)))
        {
            FollowsRequest = tls is null,
            Authority = endpoint.Authority is { } authority ? Encoding.ASCII.GetBytes(authority) : [],
            Raw = new RawDialing(endpoint.Address, isApp ? _opaque : null, plain.Options.ConnectTimeoutNs, ownEnds),
            Http1 = isEither ? pools.Acquire(endpoint.Address, _http1) : null,
        };
    }

    private static PoolSettings Widen(PoolSettings settings) =>
        settings with { Options = settings.Options with { Limits = HopRoom.Widen(settings.Options.Limits) } };

    private static EndpointDialing? Offering(EndpointDialing? tls, HttpOffer offer) => tls is null ? null : tls with { Offer = offer };

    private PoolSettings OfApp(AddressProtocol said)
    {
        ClientProtocol spoken = said switch
        {
            AddressProtocol.Http1 => ClientProtocol.Http1,
            AddressProtocol.Http2 => ClientProtocol.Http2,
            _ => protocol,
        };
        return spoken switch
        {
            ClientProtocol.Http1 => _http1,
            ClientProtocol.Http2 => _http2,
            _ => _either,
        };
    }

    /// <summary>With TLS the handshake says whether the other node is of those that multiplex; without, its instances' rows do.</summary>
    private PoolSettings OfNode(EndpointKey endpoint)
    {
        if (nodes.TermsOf(endpoint.Host) is not { } terms) return endpoint.Protocol == AddressProtocol.Http2 ? _nodeHttp2 : _nodeHttp1;
        return terms is NodeDialing ? _nodeHttp2 with { PeerChooses = true, Tls = terms } : _nodeHttp1 with { Tls = terms };
    }
}
