namespace Mesh.Wire.Http1;

/// <summary>What a <see cref="ChunkedDecoder"/> says of the bytes that it was shown.</summary>
public enum ChunkStatus : byte
{
    /// <summary>All input was used and the body goes on.</summary>
    NeedMore = 0,

    /// <summary>The last chunk and the trailers are there; input beyond what was consumed belongs to the next message.</summary>
    Complete,

    /// <summary>The body is malformed; what was decoded before may not be passed off as complete.</summary>
    Rejected,
}
