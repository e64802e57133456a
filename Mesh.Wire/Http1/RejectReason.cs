namespace Mesh.Wire.Http1;

/// <summary>Why bytes are not an HTTP/1 message that may be forwarded. Closed: each value has a row in <see cref="RejectReasons"/>.</summary>
public enum RejectReason : byte
{
    None = 0,

    /// <summary>The head grew past its limit (RFC 6585 section 5).</summary>
    HeadTooLarge,

    /// <summary>The request line or status line grew past its limit (RFC 9112 section 3).</summary>
    StartLineTooLong,

    /// <summary>More field lines than the limit (RFC 6585 section 5).</summary>
    TooManyFields,

    /// <summary>More empty lines before the start line than the limit (RFC 9112 section 2.2).</summary>
    TooManyEmptyLines,

    /// <summary>Connection lists more options than the limit (RFC 9110 section 7.6.1).</summary>
    TooManyConnectionOptions,

    /// <summary>The head did not arrive in time; told by the connection, not by the parser (RFC 9110 section 15.5.9).</summary>
    HeadTimeout,

    /// <summary>Not <c>method SP target SP version CRLF</c> (RFC 9112 section 3).</summary>
    InvalidRequestLine,

    /// <summary>A request line without a version, as in HTTP/0.9 (RFC 9112 section 3).</summary>
    MissingVersion,

    /// <summary>The method is not a token (RFC 9110 section 9.1).</summary>
    InvalidMethod,

    /// <summary>
    /// The target is in none of the four forms, or in one that its method does not have, or holds a control character or fragment (RFC 9112
    /// section 3.2).
    /// </summary>
    InvalidTarget,

    /// <summary>The absolute form names a scheme other than http and https (RFC 9112 section 3.2.2).</summary>
    UnsupportedScheme,

    /// <summary>The authority of the target holds user information (RFC 9110 section 4.2.4).</summary>
    UserInfoInTarget,

    /// <summary>The authority of the absolute form is empty or malformed (RFC 9110 section 4.2.1).</summary>
    InvalidAuthority,

    /// <summary>CONNECT (RFC 9110 section 9.3.6).</summary>
    ConnectNotSupported,

    /// <summary>The version is not <c>HTTP/DIGIT.DIGIT</c> (RFC 9112 section 2.3).</summary>
    InvalidVersion,

    /// <summary>The major version is not 1 (RFC 9110 section 15.6.6).</summary>
    UnsupportedVersion,

    /// <summary>A line ends in LF without CR (RFC 9112 section 2.2).</summary>
    BareLineFeed,

    /// <summary>A CR without LF (RFC 9112 section 2.2).</summary>
    BareCarriageReturn,

    /// <summary>A field line begins with white space: a folded value, or junk before the first field (RFC 9112 sections 2.2 and 5.2).</summary>
    ObsoleteFolding,

    /// <summary>A field name is empty or not a token (RFC 9110 section 5.1).</summary>
    InvalidFieldName,

    /// <summary>White space between a field name and its colon (RFC 9112 section 5.1).</summary>
    SpaceBeforeColon,

    /// <summary>A field line without colon (RFC 9112 section 5).</summary>
    MissingColon,

    /// <summary>A control character in a field value (RFC 9110 section 5.5).</summary>
    InvalidFieldValue,

    /// <summary>A name that CGI-like backends read as a framing field: Content_Length, Transfer_Encoding (RFC 3875 section 4.1.18).</summary>
    FramingLookalike,

    /// <summary>An HTTP/1.1 request without Host (RFC 9112 section 3.2).</summary>
    MissingHost,

    /// <summary>More than one Host (RFC 9112 section 3.2).</summary>
    MultipleHosts,

    /// <summary>Host is not <c>uri-host [":" port]</c> (RFC 9112 section 3.2).</summary>
    InvalidHost,

    /// <summary>Content-Length is not a decimal number in range (RFC 9112 section 6.3).</summary>
    InvalidContentLength,

    /// <summary>Content-Length values differ (RFC 9112 section 6.3).</summary>
    ConflictingContentLength,

    /// <summary>Transfer-Encoding is malformed, repeated, or does not end in chunked (RFC 9112 sections 6.1 and 6.3).</summary>
    InvalidTransferEncoding,

    /// <summary>A transfer coding other than chunked (RFC 9112 section 6.1).</summary>
    UnsupportedTransferCoding,

    /// <summary>Transfer-Encoding in an HTTP/1.0 request (RFC 9112 section 6.1).</summary>
    TransferEncodingInHttp10,

    /// <summary>Content-Length beside Transfer-Encoding (RFC 9112 section 6.3).</summary>
    LengthAndTransferEncoding,

    /// <summary>Not <c>version SP status [SP reason] CRLF</c> (RFC 9112 section 4).</summary>
    InvalidStatusLine,

    /// <summary>The status is outside 100..599 (RFC 9110 section 15).</summary>
    InvalidStatus,

    /// <summary>An interim response announces a body (RFC 9110 section 15.2).</summary>
    BodyOnInterim,

    /// <summary>The chunk size is not hexadecimal or out of range (RFC 9112 section 7.1).</summary>
    InvalidChunkSize,

    /// <summary>One chunk-size line, or all extensions together, passed their limit (RFC 9112 section 7.1.1).</summary>
    ChunkLineTooLong,

    /// <summary>A control character in a chunk extension (RFC 9112 section 7.1.1).</summary>
    InvalidChunkExtension,

    /// <summary>Chunk data is not followed by CRLF (RFC 9112 section 7.1).</summary>
    MissingChunkEnd,

    /// <summary>The trailer section grew past its limit (RFC 9112 section 7.1.2).</summary>
    TrailersTooLarge,

    /// <summary>A trailer line is not a valid field line (RFC 9112 section 7.1.2).</summary>
    InvalidTrailer,

    /// <summary>A field name of HTTP/2 with a capital letter (RFC 9113 section 8.2.1).</summary>
    UppercaseFieldName,

    /// <summary>
    /// A field of HTTP/2 that belongs to a connection of HTTP/1: Connection, Transfer-Encoding, Upgrade, TE but trailers (RFC 9113 section 8.2.2).
    /// </summary>
    ConnectionSpecificField,

    /// <summary>A pseudo field that is unknown, repeated, behind other fields, or not for this method (RFC 9113 section 8.3).</summary>
    InvalidPseudoField,

    /// <summary>A pseudo field that must be there is not (RFC 9113 section 8.3).</summary>
    MissingPseudoField,

    /// <summary>Host and <c>:authority</c> differ (RFC 9113 section 8.3.1).</summary>
    AuthorityMismatch,

    /// <summary>The stream ends with the head, or the body elsewhere than Content-Length says (RFC 9113 section 8.1.1).</summary>
    ContentLengthMismatch,

    /// <summary>An interim response ends its stream (RFC 9113 section 8.1).</summary>
    InterimEndsStream,

    /// <summary>A connection that must begin with a header of the PROXY protocol does not (HAProxy's proxy-protocol.txt section 2).</summary>
    MissingProxyHeader,

    /// <summary>A header of the PROXY protocol that is malformed or over a limit.</summary>
    InvalidProxyHeader,

    /// <summary>The header of the PROXY protocol did not come in time.</summary>
    ProxyHeaderTimeout,
}
