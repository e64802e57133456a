using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>What one HTTP/1 message may cost before it is refused. All sizes in bytes; docs/LIMITS.md tells the reasons.</summary>
public sealed record Http1Limits
{
    public static readonly Http1Limits Default = new();

    /// <summary>
    /// From the first byte of the start line to the empty line, empty lines before it excluded. Above Node's 16 KiB and HAProxy's 16 KiB, as
    /// Kerberos tickets need.
    /// </summary>
    public int MaxHeadBytes { get; init; } = 64 * 1024;

    /// <summary>The request line or status line with its CRLF. RFC 9112 section 3 asks for at least 8000.</summary>
    public int MaxStartLineBytes { get; init; } = 16 * 1024;

    /// <summary>Field lines in a head; never more than <see cref="HeadEdits.MaxFields"/>, whatever is asked for.</summary>
    public int MaxFields { get; init => field = Math.Min(value, HeadEdits.MaxFields); } = 200;

    /// <summary>All trailer lines of one body together, also those that are dropped.</summary>
    public int MaxTrailerBytes { get; init; } = 8 * 1024;

    /// <summary>One chunk-size line with its extensions and CRLF.</summary>
    public int MaxChunkLineBytes { get; init; } = 256;

    /// <summary>
    /// All chunk extensions and padding of one body together: many tiny chunks with long extensions cost work and carry nothing (RFC 9112
    /// section 7.1.1).
    /// </summary>
    public int MaxChunkExtensionsTotalBytes { get; init; } = 16 * 1024;

    /// <summary>Empty lines before a start line: some clients send one after a body (RFC 9112 section 2.2).</summary>
    public int MaxLeadingEmptyLines { get; init; } = 2;

    /// <summary>Options in all Connection fields of a head; each is sought among the fields.</summary>
    public int MaxConnectionOptions { get; init; } = 32;
}
