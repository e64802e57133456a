namespace Mesh.Wire.Http2.Frames;

/// <summary>What a frame's fault ends (RFC 9113 section 5.4).</summary>
internal enum FaultScope : byte
{
    /// <summary>There is no fault.</summary>
    None = 0,

    /// <summary>Its stream, by RST_STREAM.</summary>
    Stream,

    /// <summary>The connection, by GOAWAY.</summary>
    Connection,
}

/// <summary>Whether a frame is good by itself; whether it may come now is for its stream and connection to say.</summary>
internal readonly record struct FrameVerdict(FaultScope Scope, Http2Error Error)
{
    public static FrameVerdict Good => default;

    public bool IsGood => Scope == FaultScope.None;

    public static FrameVerdict EndStream(Http2Error error) => new(FaultScope.Stream, error);

    public static FrameVerdict EndConnection(Http2Error error) => new(FaultScope.Connection, error);
}
