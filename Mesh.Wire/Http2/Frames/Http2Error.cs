namespace Mesh.Wire.Http2.Frames;

/// <summary>The error codes of RST_STREAM and GOAWAY (RFC 9113 section 7). A peer may send others, which mean <see cref="InternalError"/>.</summary>
internal enum Http2Error : uint
{
    NoError = 0x0,
    ProtocolError = 0x1,
    InternalError = 0x2,
    FlowControlError = 0x3,
    SettingsTimeout = 0x4,
    StreamClosed = 0x5,
    FrameSizeError = 0x6,

    /// <summary>Nothing of the request was processed: it may be sent again.</summary>
    RefusedStream = 0x7,
    Cancel = 0x8,
    CompressionError = 0x9,
    ConnectError = 0xA,
    EnhanceYourCalm = 0xB,
    InadequateSecurity = 0xC,
    Http11Required = 0xD,
}
