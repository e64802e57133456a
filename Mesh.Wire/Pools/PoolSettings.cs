using Mesh.Wire.Http1;
using Mesh.Wire.Http2;
using Mesh.Wire.Tls;

namespace Mesh.Wire.Pools;

/// <summary>How the connections of a pool are limited and treated. Compared by value: equal settings to one address are one pool.</summary>
/// <param name="Limits">How many.</param>
/// <param name="Options">What each may cost in time and bytes.</param>
public sealed record PoolSettings(PoolLimits Limits, ClientConnectionOptions Options)
{
    /// <summary>HTTP/2 is spoken, with these limits; null: HTTP/1.1.</summary>
    public Http2Options? Http2 { get; init; }

    /// <summary>Beside HTTP/2 the peer may choose HTTP/1.1 in the TLS handshake; without, one that does is not spoken with.</summary>
    public bool PeerChooses { get; init; }

    /// <summary>How they are secured; null: not at all.</summary>
    public TlsDialing? Tls { get; init; }
}
