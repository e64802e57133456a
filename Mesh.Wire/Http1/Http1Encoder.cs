using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>
/// Writes heads for the next hop: fields as they came, in raw runs, less those that end here; exactly one framing field; our own Connection.
/// A head without anything to change is one copy.
/// </summary>
/// <remarks>Hot path: one reservation a head, no allocation. The version is always HTTP/1.1 (RFC 9110 section 2.5).</remarks>
internal static class Http1Encoder
{
    /// <summary>The interim response that lets a client send its body.</summary>
    public static ReadOnlySpan<byte> Continue => "HTTP/1.1 100 Continue\r\n\r\n"u8;

    /// <summary>
    /// Writes a request head in origin form; an absolute form's authority, and one of the edits, replaces Host and comes first (RFC 9112 section
    /// 3.2.2).
    /// </summary>
    /// <param name="output">Where to.</param>
    /// <param name="head">The head as it came.</param>
    /// <param name="edits">What the hop changes.</param>
    /// <param name="framing">How the body will be sent; Length and Chunked only when there is one.</param>
    /// <param name="length">Bytes of the body when Length.</param>
    /// <param name="keepAlive">False asks the server to close.</param>
    /// <param name="acceptsTrailers">Writes <c>TE: trailers</c>.</param>
    /// <param name="upgrade">The protocol that is offered on; empty for none.</param>
    public static void WriteRequestHead(
        OutputBuffer output, RequestHead head, HeadEdits edits, BodyFraming framing, long length, bool keepAlive, bool acceptsTrailers,
        ReadOnlySpan<byte> upgrade)
    {
        ReadOnlySpan<byte> added = edits.Added;
        int most = head.End - head.Start + head.AuthorityLength + added.Length + upgrade.Length + HeadWriter.OwnLinesBytes;
        most += edits.TargetPrefix.Length + edits.Authority.Length;
        HeadWriter writer = new(output.Reserve(most));
        bool keepFraming = FramingStands(head, framing, length);
        if (head.StartLineVerbatim && keepFraming && !head.AnyHopByHop && !edits.AnyDrop && edits.KeepsTarget)
        {
            writer.Write(head.Arena.AsSpan(head.Start, head.End - 2 - head.Start));
        }
        else
        {
            WriteRequestLine(ref writer, head, edits);
            bool replacesHost = edits.Authority.Length > 0;
            if (replacesHost) writer.WriteLine("Host"u8, edits.Authority);
            else if (head.IsAbsoluteForm) writer.WriteLine("Host"u8, head.Authority);
            else if (!head.Has(KnownField.Host) && !AddsHost(added)) writer.Write("Host:\r\n"u8);
            writer.WriteFields(head, edits, keepFraming, dropHost: head.IsAbsoluteForm || replacesHost);
            if (!keepFraming) writer.WriteFraming(framing, length);
        }

        WriteRequestConnection(ref writer, keepAlive, acceptsTrailers, upgrade);
        writer.Write(added);
        writer.Write("\r\n"u8);
        output.Commit(writer.Length);
    }

    /// <summary>Writes a final response head, or 101 with <paramref name="upgrade"/>.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="head">The head as it came.</param>
    /// <param name="edits">Fields dropped and lines added by the hop.</param>
    /// <param name="framing">
    /// How the body will be sent. Chunked to an HTTP/1.0 client is written as UntilClose; the caller then sends the bare payload.
    /// </param>
    /// <param name="length">Bytes of the body when Length; ignored otherwise.</param>
    /// <param name="clientMinorVersion">0 for a client that spoke HTTP/1.0.</param>
    /// <param name="closeClient">The client's connection ends after this response; UntilClose implies it.</param>
    /// <param name="upgrade">The protocol that the connection changes to; empty for none.</param>
    public static void WriteResponseHead(
        OutputBuffer output, ResponseHead head, HeadEdits edits, BodyFraming framing, long length, byte clientMinorVersion, bool closeClient,
        ReadOnlySpan<byte> upgrade)
    {
        if (framing == BodyFraming.Chunked && clientMinorVersion == 0) framing = BodyFraming.UntilClose;
        ReadOnlySpan<byte> added = edits.Added;
        int most = head.End - head.Start + added.Length + upgrade.Length + HeadWriter.OwnLinesBytes;
        HeadWriter writer = new(output.Reserve(most));
        WriteResponseFields(ref writer, head, edits, framing, length);
        if (!upgrade.IsEmpty)
        {
            writer.Write("Connection: Upgrade\r\n"u8);
            writer.WriteLine("Upgrade"u8, upgrade);
        }
        else if (closeClient || framing == BodyFraming.UntilClose) writer.Write("Connection: close\r\n"u8);
        else if (clientMinorVersion == 0) writer.Write("Connection: keep-alive\r\n"u8);
        writer.Write(added);
        writer.Write("\r\n"u8);
        output.Commit(writer.Length);
    }

    /// <summary>Writes an interim response (1xx but 101); never for a client that spoke HTTP/1.0 (RFC 9110 section 15.2).</summary>
    public static void WriteInterim(OutputBuffer output, ResponseHead head, HeadEdits edits)
    {
        HeadWriter writer = new(output.Reserve(head.End - head.Start + edits.Added.Length + HeadWriter.OwnLinesBytes));
        WriteResponseFields(ref writer, head, edits, BodyFraming.None, 0);
        writer.Write(edits.Added);
        writer.Write("\r\n"u8);
        output.Commit(writer.Length);
    }

    /// <summary>Ends a chunked body: the last chunk, the trailer lines (each with its CRLF), the empty line.</summary>
    public static void WriteLastChunk(OutputBuffer output, ReadOnlySpan<byte> trailerLines)
    {
        HeadWriter writer = new(output.Reserve(trailerLines.Length + 5));
        writer.Write("0\r\n"u8);
        writer.Write(trailerLines);
        writer.Write("\r\n"u8);
        output.Commit(writer.Length);
    }

    /// <summary>
    /// Copies a payload as one chunk; <see cref="ChunkFrame.WriteAround"/> does it without the copy. Nothing for an empty payload, which would
    /// end the body.
    /// </summary>
    public static void WriteChunk(OutputBuffer output, ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty) return;
        Span<byte> room = output.Reserve(payload.Length + ChunkFrame.PrefixBytes + ChunkFrame.SuffixBytes);
        int at = ChunkFrame.WritePrefix(room, payload.Length);
        payload.CopyTo(room[at..]);
        at += payload.Length;
        "\r\n"u8.CopyTo(room[at..]);
        output.Commit(at + ChunkFrame.SuffixBytes);
    }

    /// <summary>Writes a whole response that the proxy makes itself.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="status">100..599.</param>
    /// <param name="reason">The reason phrase; may be empty.</param>
    /// <param name="fields">Ready lines, each ended by CRLF.</param>
    /// <param name="body">The body; its length is announced also when it is not sent.</param>
    /// <param name="head">True to answer HEAD: no body is sent.</param>
    /// <param name="close">The connection ends after this response.</param>
    public static void WriteLocalResponse(
        OutputBuffer output, int status, ReadOnlySpan<byte> reason, ReadOnlySpan<byte> fields, ReadOnlySpan<byte> body, bool head, bool close)
    {
        HeadWriter writer = new(output.Reserve(reason.Length + fields.Length + body.Length + HeadWriter.OwnLinesBytes));
        WriteStatusLine(ref writer, status, reason);
        if (status is not (204 or 304 or < 200)) writer.WriteLength(body.Length);
        writer.Write(fields);
        if (close) writer.Write("Connection: close\r\n"u8);
        writer.Write("\r\n"u8);
        if (!head && status is not (204 or 304 or < 200)) writer.Write(body);
        output.Commit(writer.Length);
    }

    private static void WriteRequestLine(ref HeadWriter writer, RequestHead head, HeadEdits edits)
    {
        bool asItCame = edits.TargetSkip == 0 && edits.TargetPrefix.Length == 0;
        if (head.StartLineVerbatim && asItCame)
        {
            writer.Write(head.Arena.AsSpan(head.Start, head.FieldsStart - head.Start));
            return;
        }

        writer.Write(head.MethodBytes);
        writer.Write(" "u8);
        ReadOnlySpan<byte> target = head.Target[edits.TargetSkip..];
        if (edits.TargetPrefix.Length > 0) writer.Write(edits.TargetPrefix);
        else if (target.IsEmpty && asItCame && head.Method == KnownMethod.Options) writer.Write("*"u8);
        else if (target.IsEmpty || target[0] == '?') writer.Write("/"u8);
        writer.Write(target);
        writer.Write(" HTTP/1.1\r\n"u8);
    }

    private static void WriteRequestConnection(ref HeadWriter writer, bool keepAlive, bool acceptsTrailers, ReadOnlySpan<byte> upgrade)
    {
        if (keepAlive && !acceptsTrailers && upgrade.IsEmpty) return;
        if (acceptsTrailers) writer.Write("TE: trailers\r\n"u8);
        if (!upgrade.IsEmpty) writer.WriteLine("Upgrade"u8, upgrade);
        writer.Write("Connection: "u8);
        if (!upgrade.IsEmpty) writer.Write(acceptsTrailers || !keepAlive ? "Upgrade, "u8 : "Upgrade"u8);
        if (acceptsTrailers) writer.Write(keepAlive ? "TE"u8 : "TE, "u8);
        if (!keepAlive) writer.Write("close"u8);
        writer.Write("\r\n"u8);
    }

    private static void WriteResponseFields(ref HeadWriter writer, ResponseHead head, HeadEdits edits, BodyFraming framing, long length)
    {
        bool keepFraming = FramingStands(head, framing, length);
        if (head.StartLineVerbatim && keepFraming && !head.AnyHopByHop && !edits.AnyDrop)
        {
            writer.Write(head.Arena.AsSpan(head.Start, head.End - 2 - head.Start));
            return;
        }

        if (head.StartLineVerbatim) writer.Write(head.Arena.AsSpan(head.Start, head.FieldsStart - head.Start));
        else WriteStatusLine(ref writer, head.Status, head.Reason);
        writer.WriteFields(head, edits, keepFraming, dropHost: false);
        if (keepFraming) return;
        writer.WriteFraming(framing, length);
        if (framing == BodyFraming.None && head.ContentLength >= 0) writer.WriteLength(head.ContentLength);
    }

    private static void WriteStatusLine(ref HeadWriter writer, int status, ReadOnlySpan<byte> reason)
    {
        writer.Write("HTTP/1.1 "u8);
        writer.Write(status);
        writer.Write(" "u8);
        writer.Write(reason);
        writer.Write("\r\n"u8);
    }

    /// <summary>
    /// True when the head's own framing fields say exactly how the body will be sent, in the canonical way, so that they can stay where they
    /// are.
    /// </summary>
    private static bool FramingStands(MessageHead head, BodyFraming framing, long length)
    {
        bool encoded = head.Has(KnownField.TransferEncoding);
        if (!head.Has(KnownField.ContentLength))
        {
            return framing == BodyFraming.Chunked ? head.TransferEncodingField >= 0 : !encoded && framing != BodyFraming.Length;
        }

        if (encoded || head.ContentLengthField < 0 || head.ContentLength < 0) return false;
        return framing == BodyFraming.None ? head is ResponseHead : framing == BodyFraming.Length && head.ContentLength == length;
    }

    /// <summary>Whether ready lines hold a Host, which then replaces the head's.</summary>
    public static bool AddsHost(ReadOnlySpan<byte> added) =>
        added.StartsWith("Host:"u8) || added.StartsWith("host:"u8) || added.IndexOf("\nHost:"u8) >= 0 || added.IndexOf("\nhost:"u8) >= 0;
}
