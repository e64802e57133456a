namespace Mesh.Wire.Exchange;

/// <summary>The head of a response, interim (1xx) or final.</summary>
public sealed class ResponseHead : MessageHead
{
    /// <summary>Three-digit status, 100..599 (RFC 9110 section 15).</summary>
    public int Status { get; internal set; }

    internal int ReasonStart, ReasonLength;

    public ReadOnlySpan<byte> Reason => Arena.AsSpan(ReasonStart, ReasonLength);

    public bool IsInterim => Status < 200;

    internal override void Reset()
    {
        base.Reset();
        Status = ReasonStart = ReasonLength = 0;
    }
}
