namespace Mesh.Wire.Detection;

/// <summary>What a connection's first bytes are.</summary>
public enum SpokenProtocol : byte
{
    /// <summary>A request line of HTTP/1.x, or something that an HTTP/1 server may refuse.</summary>
    Http1 = 0,

    /// <summary>The preface of HTTP/2 (RFC 9113 section 3.4).</summary>
    Http2,

    /// <summary>A ClientHello, or what begins like one (RFC 8446 section 5.1).</summary>
    Tls,

    /// <summary>Bytes of some other protocol.</summary>
    Opaque,

    /// <summary>The client said nothing in the time that it had: in its protocol the server may speak first.</summary>
    Silent,

    /// <summary>There is nobody any more.</summary>
    Gone,
}
