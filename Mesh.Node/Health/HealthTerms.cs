using System.Net;
using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Mesh.Wire.Tls;

namespace Mesh.Node.Health;

/// <summary>How an endpoint is asked: as requests to it are. Compared by value.</summary>
/// <param name="Protocol">Of the client; <see cref="ClientProtocol.Auto"/> without TLS asks by HTTP/1.1, which such an endpoint speaks too.</param>
/// <param name="Tls">Of the client; null: plain bytes.</param>
internal sealed record HealthTerms(ClientProtocol Protocol, EndpointDialing? Tls)
{
    public static readonly HealthTerms Plain = new(ClientProtocol.Http1, null);

    /// <summary>HTTP/1.1 in plain bytes.</summary>
    public bool IsPlain => Tls is null && Protocol != ClientProtocol.Http2;

    /// <summary>The version that is asked for; with <see cref="ClientProtocol.Auto"/> the handshake may choose a lower one.</summary>
    public Version Version => IsPlain || Protocol == ClientProtocol.Http1 ? HttpVersion.Version11 : HttpVersion.Version20;

    public HttpVersionPolicy VersionPolicy =>
        Protocol == ClientProtocol.Auto ? HttpVersionPolicy.RequestVersionOrLower : HttpVersionPolicy.RequestVersionExact;

    /// <summary>An endpoint of which its registration says what it speaks.</summary>
    public HealthTerms For(AddressProtocol said) => said switch
    {
        AddressProtocol.Http1 => this with { Protocol = ClientProtocol.Http1 },
        AddressProtocol.Http2 => this with { Protocol = ClientProtocol.Http2 },
        _ => this,
    };
}
