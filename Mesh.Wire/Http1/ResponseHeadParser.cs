using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>
/// Turns the bytes of a response head into a <see cref="ResponseHead"/>, or says why they are none: then the client gets 502 (RFC 9112 sections
/// 4 and 6).
/// </summary>
/// <remarks>Hot path: no allocation once the head's field table has grown to the traffic.</remarks>
internal static class ResponseHeadParser
{
    /// <summary>HTTP-version SP status, in bytes.</summary>
    private const int StatusEnd = 12;

    /// <summary>As <see cref="RequestHeadParser.Parse"/>; the framing depends on the method of the request (RFC 9112 section 6.3).</summary>
    public static HeadStatus Parse(
        byte[] arena, int start, int end, ref int scanned, ResponseHead head, KnownMethod method, Http1Limits limits, out RejectReason reason)
    {
        int seen = scanned;
        HeadStatus status = HeadScanner.SkipEmptyLines(arena, ref start, end, limits, out reason);
        if (status != HeadStatus.Complete) return status;
        int headEnd = HeadScanner.FindEnd(arena, start, end, seen);
        if (headEnd < 0)
        {
            scanned = end;
            reason = JudgePartial(arena, start, end, seen, head, limits);
            return reason == RejectReason.None ? HeadStatus.NeedMore : HeadStatus.Rejected;
        }

        head.Reset();
        head.Arena = arena;
        head.Start = start;
        head.End = headEnd;
        reason = headEnd - start > limits.MaxHeadBytes ? RejectReason.HeadTooLarge : ParseWhole(arena, head, method, limits);
        return reason == RejectReason.None ? HeadStatus.Complete : HeadStatus.Rejected;
    }

    private static RejectReason ParseWhole(byte[] arena, ResponseHead head, KnownMethod method, Http1Limits limits)
    {
        RejectReason reason = ReadStatusLine(arena, head.Start, head.End, head);
        if (head.FieldsStart - head.Start > limits.MaxStartLineBytes) return RejectReason.StartLineTooLong;
        if (reason == RejectReason.None) reason = FieldLines.Read(arena, head.FieldsStart, head.End, head, limits);
        if (reason == RejectReason.None) reason = ReadConnection(head, limits);
        if (reason == RejectReason.None) reason = ReadFraming(head, method);
        return reason;
    }

    private static RejectReason JudgePartial(byte[] arena, int start, int end, int seen, ResponseHead head, Http1Limits limits)
    {
        int known = Math.Min(end - start, 5);
        if (!arena.AsSpan(start, known).SequenceEqual("HTTP/"u8[..known])) return RejectReason.InvalidStatusLine;
        RejectReason reason = HeadScanner.JudgePartial(arena, start, end, seen, limits, out int lineEnd);
        if (reason != RejectReason.None || lineEnd < 0) return reason;
        head.Reset();
        head.Arena = arena;
        return ReadStatusLine(arena, start, lineEnd, head);
    }

    /// <summary>A missing reason is taken, also when its space is missing: real servers send both.</summary>
    private static RejectReason ReadStatusLine(byte[] arena, int start, int end, ResponseHead head)
    {
        ReadOnlySpan<byte> line = arena.AsSpan(start, end - start);
        if (line.Length < StatusEnd + 2 || !line.StartsWith("HTTP/"u8)) return RejectReason.InvalidStatusLine;
        RejectReason reason = HttpVersion.Read(line, out byte minor);
        if (reason != RejectReason.None) return reason;
        head.MinorVersion = minor;
        if (line[HttpVersion.Length] != ' ' || !TryReadStatus(line[(HttpVersion.Length + 1)..StatusEnd], out int status))
            return RejectReason.InvalidStatusLine;
        if (status is < 100 or > 599) return RejectReason.InvalidStatus;
        head.Status = status;

        int reasonAt = line[StatusEnd] == ' ' ? StatusEnd + 1 : StatusEnd;
        int length = line[reasonAt..].IndexOfAny(Http1Bytes.ValueStop);
        if (length < 0 || (reasonAt == StatusEnd && length > 0)) return RejectReason.InvalidStatusLine;
        if (line[reasonAt + length] == '\n') return RejectReason.BareLineFeed;
        if (line[reasonAt + length] != '\r') return RejectReason.InvalidStatusLine;
        if (reasonAt + length + 1 >= line.Length || line[reasonAt + length + 1] != '\n') return RejectReason.BareCarriageReturn;
        head.ReasonStart = start + reasonAt;
        head.ReasonLength = length;
        head.FieldsStart = start + reasonAt + length + 2;
        head.StartLineVerbatim = HttpVersion.IsHttp11(line) && reasonAt > StatusEnd;
        return RejectReason.None;
    }

    private static RejectReason ReadConnection(ResponseHead head, Http1Limits limits)
    {
        RejectReason reason = ConnectionOptions.Read(head, limits, out ConnectionOptions options);
        head.KeepAlive = !options.Close && (head.MinorVersion > 0 || options.KeepAlive);
        return reason;
    }

    /// <summary>RFC 9112 section 6.3. Whenever the backend's own framing is doubtful, its connection is not used again.</summary>
    private static RejectReason ReadFraming(ResponseHead head, KnownMethod method)
    {
        bool encoded = head.Has(KnownField.TransferEncoding);
        bool measured = head.Has(KnownField.ContentLength);
        long length = -1;
        RejectReason reason = measured ? FramingFields.ReadLength(head, out length) : RejectReason.None;
        if (reason == RejectReason.None && encoded)
            reason = measured ? RejectReason.LengthAndTransferEncoding : FramingFields.ReadTransferEncoding(head);
        if (reason != RejectReason.None) return reason;

        bool never = head.IsInterim || head.Status == 204;
        head.ContentLength = never ? -1 : length;
        if (head.IsInterim && (encoded || length > 0)) return RejectReason.BodyOnInterim;
        if (never && (encoded || length > 0)) head.KeepAlive = false;
        if (encoded && head.MinorVersion == 0) head.KeepAlive = false;
        head.Framing = never || head.Status == 304 || method == KnownMethod.Head ? BodyFraming.None
            : encoded ? BodyFraming.Chunked
            : measured ? BodyFraming.Length
            : BodyFraming.UntilClose;
        if (head.Framing == BodyFraming.UntilClose) head.KeepAlive = false;
        return RejectReason.None;
    }

    private static bool TryReadStatus(ReadOnlySpan<byte> digits, out int status)
    {
        status = 0;
        foreach (byte digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            status = status * 10 + (digit - '0');
        }

        return true;
    }
}
