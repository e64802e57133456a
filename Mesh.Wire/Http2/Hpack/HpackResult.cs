namespace Mesh.Wire.Http2.Hpack;

/// <summary>What became of a header block.</summary>
internal enum HpackResult : byte
{
    /// <summary>All fields were given to the sink.</summary>
    Complete = 0,

    /// <summary>
    /// The list is longer than allowed: the sink got what fits, the table is in step, and only this message is refused (431, RFC 9113
    /// section 10.5.1).
    /// </summary>
    TooLarge,

    /// <summary>The block breaks RFC 7541: the connection ends with COMPRESSION_ERROR.</summary>
    Invalid,

    /// <summary>The block unpacks to far more than is allowed: the connection ends with ENHANCE_YOUR_CALM.</summary>
    Bomb,
}

/// <summary>Whoever takes the fields of a block. A struct, so that the decoder's code is made for it.</summary>
internal interface IHpackSink
{
    /// <summary>One field; its bytes are valid during the call alone.</summary>
    /// <param name="name">As it came; it may be empty, or anything else.</param>
    /// <param name="value">As it came.</param>
    /// <param name="neverIndexed">The sender forbids every hop to put it into a table (RFC 7541 section 7.1.3).</param>
    void Field(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, bool neverIndexed);
}
