using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Http2;

/// <summary>What a connection may cost in time and bytes, either side. Times in nanoseconds; <see cref="LoopTimer.Never"/> means none.</summary>
public sealed record Http2Options
{
    public static readonly Http2Options Default = new();

    /// <summary>
    /// Streams at once. Of a server: what it allows its clients (SETTINGS_MAX_CONCURRENT_STREAMS); of a client: what it opens before it opens
    /// another connection, if the server allows as many. Envoy has 1024, nghttpx and HAProxy 100.
    /// </summary>
    public int MaxConcurrentStreams { get; init; } = 250;

    /// <summary>Of a server: clients may ask for tunnels, such as WebSockets (extended CONNECT, RFC 8441).</summary>
    public bool TakesTunnels { get; init; } = true;

    /// <summary>What the peer may send of one stream before it is read (SETTINGS_INITIAL_WINDOW_SIZE). Linkerd's initialStreamWindowBytes.</summary>
    public int StreamWindowBytes { get; init; } = 256 * 1024;

    /// <summary>What the peer may send of all streams together before it is received.</summary>
    public int ConnectionWindowBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// A window, of a stream or of all, is opened again when no more than this share of it is left: 0 to 1. Near 1 more frames are sent, near 0 a
    /// sender has to wait for a round trip. Linkerd's windowUpdateRatio.
    /// </summary>
    public double WindowUpdateRatio { get; init; } = 0.5;

    /// <summary>What of all streams together may wait here for its readers; above it the connection's window stays closed.</summary>
    public int BufferBudgetBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Payload of one frame that comes (SETTINGS_MAX_FRAME_SIZE), 16384 to 16777215. Linkerd's maxFrameBytes.</summary>
    public int MaxFrameBytes { get; init; } = FrameRules.DefaultMaxFrameSize;

    /// <summary>Names, values and 32 for each field of a head (SETTINGS_MAX_HEADER_LIST_SIZE). Linkerd's maxHeaderListBytes.</summary>
    public int MaxHeaderListBytes { get; init; } = 64 * 1024;

    /// <summary>Fields of a head.</summary>
    public int MaxFields { get; init; } = 200;

    /// <summary>The table that unpacks the peer's heads, bytes (SETTINGS_HEADER_TABLE_SIZE). Linkerd's headerTableBytes.</summary>
    public int HeaderTableBytes { get; init; } = 4096;

    /// <summary>For the preface, for all frames of a header block, and for the peer's word that it knows our settings.</summary>
    public long HeadTimeoutNs { get; init; } = 5_000_000_000;

    /// <summary>Without any stream.</summary>
    public long IdleTimeoutNs { get; init; } = 600_000_000_000;

    /// <summary>Between two pieces of a body, and for the peer to take a piece.</summary>
    public long BodyIdleTimeoutNs { get; init; } = 60_000_000_000;

    /// <summary>Between two bytes of a tunnel, both directions together.</summary>
    public long TunnelIdleTimeoutNs { get; init; } = 3_600_000_000_000;

    /// <summary>A connection older than this begins no further exchange.</summary>
    public long LifeTimeNs { get; init; } = LoopTimer.Never;
}
