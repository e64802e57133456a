namespace Mesh.Wire.Http2;

/// <summary>Bounds that RFC 9113 itself sets, and those that no setting changes.</summary>
internal static class Http2Limits
{
    /// <summary>The last id of a stream (section 5.1.1).</summary>
    public const int LastStream = int.MaxValue;

    /// <summary>Frames of one header block; what it holds in bytes is bounded by the list's limit.</summary>
    public const int MaxBlockFrames = 64;

    /// <summary>Queued bytes, heads above all, of a client that takes nothing: above it nothing more is received of it.</summary>
    public const int MaxQueuedBytes = 1024 * 1024;

    /// <summary>Answers to PING and SETTINGS that are queued while the peer takes nothing: then it is sent away. As Envoy and nghttp2.</summary>
    public const int MaxQueuedAnswers = 1000;

    /// <summary>Interim heads of a response that wait for whoever passes them on.</summary>
    public const int MaxWaitingHeads = 64;

    /// <summary>Streams that this side reset and whose late frames are still let pass; as many as may be open at once, if that is more.</summary>
    public const int RememberedResets = 128;
}
