namespace Mesh.Wire.Http2.Frames;

/// <summary>What nine bytes tell of a frame's faults: its length and its stream, each by its type (RFC 9113 section 6).</summary>
/// <remarks>Hot path. Judged before the payload is awaited, so that a frame that is too long holds no memory.</remarks>
internal static class FrameRules
{
    /// <summary>The largest payload before any SETTINGS, and the least that a peer may be made to send (RFC 9113 section 4.2).</summary>
    public const int DefaultMaxFrameSize = 16 * 1024;

    /// <summary>The largest payload that SETTINGS can allow.</summary>
    public const int LargestMaxFrameSize = (1 << 24) - 1;

    /// <summary>Bytes of a priority, in its own frame or in HEADERS.</summary>
    public const int PriorityBytes = 5;

    /// <summary>Judges a header that the peer sent.</summary>
    public static FrameVerdict Judge(in FrameHeader header, int maxFrameSize)
    {
        if (header.Length > maxFrameSize) return FrameVerdict.EndConnection(Http2Error.FrameSizeError);
        bool ofConnection = header.StreamId == 0;
        return header.Type switch
        {
            FrameType.Data or FrameType.Headers or FrameType.Continuation => Only(!ofConnection),
            FrameType.Priority when ofConnection => Only(false),
            FrameType.Priority => header.Length == PriorityBytes ? FrameVerdict.Good : FrameVerdict.EndStream(Http2Error.FrameSizeError),
            FrameType.RstStream => Sized(!ofConnection, header.Length == 4),
            FrameType.Settings => Sized(ofConnection, header.Has(FrameFlags.Ack) ? header.Length == 0 : header.Length % Setting.Bytes == 0),
            FrameType.PushPromise => Only(false), // nobody pushes to us: clients must not, and to servers we forbid it
            FrameType.Ping => Sized(ofConnection, header.Length == 8),
            FrameType.GoAway => Sized(ofConnection, header.Length >= 8),
            FrameType.WindowUpdate => Sized(true, header.Length == 4),
            _ => FrameVerdict.Good,
        };
    }

    private static FrameVerdict Only(bool good) => good ? FrameVerdict.Good : FrameVerdict.EndConnection(Http2Error.ProtocolError);

    private static FrameVerdict Sized(bool goodStream, bool goodLength) =>
        goodStream && !goodLength ? FrameVerdict.EndConnection(Http2Error.FrameSizeError) : Only(goodStream);
}
