namespace Mesh.Wire.Exchange;

/// <summary>How the end of a message's body is told (RFC 9112 section 6.3).</summary>
public enum BodyFraming : byte
{
    /// <summary>No body follows the head, whatever the fields say (HEAD, 1xx, 204, 304, or a request without length).</summary>
    None = 0,

    /// <summary>Exactly <see cref="MessageHead.ContentLength"/> bytes follow.</summary>
    Length,

    /// <summary>Chunks follow, then trailers.</summary>
    Chunked,

    /// <summary>A response body that ends when its connection does.</summary>
    UntilClose,
}
