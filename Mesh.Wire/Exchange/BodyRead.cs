namespace Mesh.Wire.Exchange;

/// <summary>What a read of a body found.</summary>
public enum BodyStatus : byte
{
    /// <summary>Payload, and more to come.</summary>
    Data = 0,

    /// <summary>The end, with the last payload or none; trailers are known now.</summary>
    Last,

    /// <summary>The peer went away before the end: what came so far is not the whole.</summary>
    Broken,

    /// <summary>The framing is malformed or over a limit.</summary>
    Rejected,

    /// <summary>Nothing came for too long.</summary>
    TimedOut,

    /// <summary>The exchange was given up by this side.</summary>
    Cancelled,

    /// <summary>Of a pump: whoever the body was sent to takes no more.</summary>
    SinkGone,
}

/// <summary>
/// A piece of a body: payload without its framing, in a buffer of the connection that received it, valid until the next read. When
/// <see cref="HasRoom"/>, a sender may write its own framing right before and after the payload, so that big bodies are never copied.
/// </summary>
/// <remarks>Hot path.</remarks>
public readonly struct BodyRead(byte[] buffer, int offset, int count, BodyStatus status, bool hasRoom)
{
    /// <summary>Bytes that a sender may overwrite before the payload: a chunk-size line of 16 digits and CRLF, rounded up.</summary>
    public const int RoomBefore = 24;

    /// <summary>Bytes that a sender may overwrite after it: CRLF, and the last chunk.</summary>
    public const int RoomAfter = 8;

    public byte[] Buffer { get; } = buffer;

    public int Offset { get; } = offset;

    public int Count { get; } = count;

    public BodyStatus Status { get; } = status;

    /// <summary>True when <see cref="RoomBefore"/> and <see cref="RoomAfter"/> bytes around the payload are free.</summary>
    public bool HasRoom { get; } = hasRoom;

    public bool IsLast => Status == BodyStatus.Last;

    public bool IsFailure => Status > BodyStatus.Last;

    public ReadOnlySpan<byte> Payload => Buffer.AsSpan(Offset, Count);

    public static BodyRead End => new([], 0, 0, BodyStatus.Last, false);

    public static BodyRead Failure(BodyStatus status) => new([], 0, 0, status, false);
}
