namespace Mesh.Wire.Exchange;

/// <summary>Methods that the proxy treats apart; all others are <see cref="Other"/> and forwarded by their bytes.</summary>
public enum KnownMethod : byte
{
    Other = 0,
    Get,
    Head,
    Post,
    Put,
    Delete,
    Options,
    Trace,
    Patch,
    Connect,
}

/// <summary>The head of a request. Its target is in origin form (or <c>*</c>); the parser splits absolute form into authority and path.</summary>
public sealed class RequestHead : MessageHead
{
    public KnownMethod Method { get; internal set; }

    /// <summary>Doing it twice is as doing it once (RFC 9110 section 9.2.2): a proxy may send it again by itself. Unknown methods are not.</summary>
    public bool IsIdempotent => Method is not (KnownMethod.Other or KnownMethod.Post or KnownMethod.Patch or KnownMethod.Connect);

    internal int MethodStart, MethodLength, TargetStart, TargetLength, AuthorityStart, AuthorityLength;
    internal int SchemeStart, SchemeLength, ProtocolStart, ProtocolLength;

    public ReadOnlySpan<byte> MethodBytes => Arena.AsSpan(MethodStart, MethodLength);

    /// <summary>
    /// What is forwarded as the request target: path and query exactly as they came, or <c>*</c>. When the absolute form had no path it is
    /// empty, or begins with <c>?</c> (then the encoder writes <c>/</c> before it, or <c>*</c> for OPTIONS without a query).
    /// </summary>
    public ReadOnlySpan<byte> Target => Arena.AsSpan(TargetStart, TargetLength);

    /// <summary>
    /// The authority that routing sees: of the absolute form when there is one, else the Host field; never with user information.
    /// Empty when neither exists (HTTP/1.0) or Host is empty.
    /// </summary>
    public ReadOnlySpan<byte> Authority => Arena.AsSpan(AuthorityStart, AuthorityLength);

    /// <summary>What <c>:scheme</c> said, <c>http</c> or <c>https</c> in any case; empty when the request came by HTTP/1.</summary>
    public ReadOnlySpan<byte> Scheme => Arena.AsSpan(SchemeStart, SchemeLength);

    /// <summary>
    /// What an extended CONNECT asks for, such as <c>websocket</c> (RFC 8441); empty for all other requests. It stands here as the GET with Upgrade
    /// that HTTP/1 would send, but for Sec-WebSocket-Key.
    /// </summary>
    public ReadOnlySpan<byte> Protocol => Arena.AsSpan(ProtocolStart, ProtocolLength);

    /// <summary>The target came in absolute form: the encoder then replaces Host by <see cref="Authority"/> (RFC 9112 section 3.2.2).</summary>
    public bool IsAbsoluteForm { get; internal set; }

    /// <summary>The client waits for 100 (Continue) before it sends the body (RFC 9110 section 10.1.1); HTTP/1.1 only.</summary>
    public bool ExpectsContinue { get; internal set; }

    /// <summary>Connection lists <c>upgrade</c> and an Upgrade field is there: the client offers to change the protocol.</summary>
    public bool OffersUpgrade { get; internal set; }

    /// <summary>
    /// It came on a connection of HTTP/2 that its client had begun in HTTP/1: the client can speak HTTP/2, and does not know whether others can.
    /// </summary>
    public bool IsByUpgrade { get; internal set; }

    /// <summary>The client listed <c>trailers</c> in TE: it keeps trailer fields of the response.</summary>
    public bool AcceptsTrailers { get; internal set; }

    /// <summary>
    /// The same request on its own, which outlives the exchange, for a body that is there whole: one in chunks becomes one of that length. Allocates.
    /// </summary>
    public RequestHead Copy(int bodyBytes)
    {
        RequestHead copy = new()
        {
            Method = Method,
            MethodStart = MethodStart - Start,
            MethodLength = MethodLength,
            TargetStart = TargetStart - Start,
            TargetLength = TargetLength,
            AuthorityStart = AuthorityLength == 0 ? 0 : AuthorityStart - Start,
            AuthorityLength = AuthorityLength,
            IsAbsoluteForm = IsAbsoluteForm,
            ExpectsContinue = ExpectsContinue,
            OffersUpgrade = OffersUpgrade,
            AcceptsTrailers = AcceptsTrailers,
            IsByUpgrade = IsByUpgrade,
        };
        CopyTo(copy);
        if (Framing != BodyFraming.Chunked) return copy;
        copy.Framing = BodyFraming.Length;
        copy.ContentLength = bodyBytes;
        return copy;
    }

    internal override void Reset()
    {
        base.Reset();
        Method = KnownMethod.Other;
        MethodStart = MethodLength = TargetStart = TargetLength = AuthorityStart = AuthorityLength = 0;
        SchemeStart = SchemeLength = ProtocolStart = ProtocolLength = 0;
        IsAbsoluteForm = ExpectsContinue = OffersUpgrade = AcceptsTrailers = IsByUpgrade = false;
    }
}
