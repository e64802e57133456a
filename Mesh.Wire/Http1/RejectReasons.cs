namespace Mesh.Wire.Http1;

/// <summary>What the proxy says for each <see cref="RejectReason"/>: the status to a client, a metric label, a text for the operator.</summary>
/// <remarks>A rejected response of a backend is always 502 to the client; its reason still labels and explains.</remarks>
public static class RejectReasons
{
    private static readonly Row[] Rows =
    [
        new(0, "none", ""),
        new(431, "head_too_large", "the head is larger than the limit"),
        new(414, "start_line_too_long", "the first line is longer than the limit"),
        new(431, "too_many_fields", "the head has more fields than the limit"),
        new(400, "too_many_empty_lines", "too many empty lines before the first line"),
        new(400, "too_many_connection_options", "Connection lists more options than the limit"),
        new(408, "head_timeout", "the head did not arrive in time"),
        new(400, "invalid_request_line", "the request line is not 'method target version', each parted by one space"),
        new(400, "missing_version", "the request line has no HTTP version"),
        new(400, "invalid_method", "the method is not a token"),
        new(400, "invalid_target", "the request target is malformed or of a form that this method does not take"),
        new(400, "unsupported_scheme", "the request target has a scheme other than http and https"),
        new(400, "user_info_in_target", "the request target holds user information"),
        new(400, "invalid_authority", "the request target has an empty or malformed host"),
        new(405, "connect_not_supported", "CONNECT is not supported by this proxy; use absolute-form"),
        new(400, "invalid_version", "the HTTP version is malformed"),
        new(505, "unsupported_version", "only HTTP/1.0 and HTTP/1.1 are spoken here"),
        new(400, "bare_line_feed", "a line ends in LF without CR"),
        new(400, "bare_carriage_return", "a CR stands without LF"),
        new(400, "obsolete_folding", "a field line begins with white space"),
        new(400, "invalid_field_name", "a field name is not a token"),
        new(400, "space_before_colon", "white space stands between a field name and its colon"),
        new(400, "missing_colon", "a field line has no colon"),
        new(400, "invalid_field_value", "a field value holds a control character"),
        new(400, "framing_lookalike", "a field name imitates Content-Length or Transfer-Encoding"),
        new(400, "missing_host", "an HTTP/1.1 request needs a Host field"),
        new(400, "multiple_hosts", "there is more than one Host field"),
        new(400, "invalid_host", "the Host field is malformed"),
        new(400, "invalid_content_length", "Content-Length is not a decimal number in range"),
        new(400, "conflicting_content_length", "Content-Length values differ"),
        new(400, "invalid_transfer_encoding", "Transfer-Encoding is malformed or does not end in chunked"),
        new(501, "unsupported_transfer_coding", "the only transfer coding spoken here is chunked"),
        new(400, "transfer_encoding_in_http10", "an HTTP/1.0 request cannot have Transfer-Encoding"),
        new(400, "length_and_transfer_encoding", "Content-Length and Transfer-Encoding exclude each other"),
        new(400, "invalid_status_line", "the status line is malformed"),
        new(400, "invalid_status", "the status is outside 100 to 599"),
        new(400, "body_on_interim", "an interim response announces a body"),
        new(400, "invalid_chunk_size", "a chunk size is not hexadecimal or too large"),
        new(400, "chunk_line_too_long", "a chunk-size line or all chunk extensions together are longer than the limit"),
        new(400, "invalid_chunk_extension", "a chunk extension holds a control character"),
        new(400, "missing_chunk_end", "chunk data is not followed by CRLF"),
        new(431, "trailers_too_large", "the trailer section is larger than the limit"),
        new(400, "invalid_trailer", "a trailer line is malformed"),
        new(400, "uppercase_field_name", "a field name holds a capital letter, which HTTP/2 forbids"),
        new(400, "connection_specific_field", "a field belongs to a connection of HTTP/1 and may not stand in HTTP/2"),
        new(400, "invalid_pseudo_field", "a pseudo field is unknown, repeated, or out of place"),
        new(400, "missing_pseudo_field", "a pseudo field is missing"),
        new(400, "authority_mismatch", "Host and :authority differ"),
        new(400, "content_length_mismatch", "the body is not as long as Content-Length says"),
        new(400, "interim_ends_stream", "an interim response ends the stream"),
        new(400, "missing_proxy_header", "the connection does not begin with a header of the PROXY protocol"),
        new(400, "invalid_proxy_header", "the header of the PROXY protocol is malformed"),
        new(408, "proxy_header_timeout", "the header of the PROXY protocol did not arrive in time"),
    ];

    /// <summary>How many reasons there are, <see cref="RejectReason.None"/> included: the size of a counter table.</summary>
    public static int Count => Rows.Length;

    /// <summary>The status that a client gets for its own message; 0 for <see cref="RejectReason.None"/>.</summary>
    public static int Status(RejectReason reason) => Rows[(int)reason].Status;

    /// <summary>The value of the metric label <c>reason</c>.</summary>
    public static string Label(RejectReason reason) => Rows[(int)reason].Label;

    /// <summary>A phrase for logs and for the body of the refusal.</summary>
    public static string Text(RejectReason reason) => Rows[(int)reason].Text;

    private readonly record struct Row(int Status, string Label, string Text);
}
