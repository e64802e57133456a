using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>Turns the bytes of a request head into a <see cref="RequestHead"/>, or says why they are none (RFC 9112 sections 2 to 6).</summary>
/// <remarks>Hot path: no allocation once the head's field table has grown to the traffic.</remarks>
internal static class RequestHeadParser
{
    /// <summary>
    /// Parses what lies in [<paramref name="start"/>, <paramref name="end"/>) of the arena; all ranges in <paramref name="head"/> are offsets
    /// into it.
    /// </summary>
    /// <remarks>
    /// <paramref name="scanned"/> tells how far earlier calls for this head looked, as an offset into the arena (anything up to
    /// <paramref name="start"/> for the first call); whoever moves the bytes moves it along. <paramref name="reason"/> is set when Rejected:
    /// which of several faults it tells can depend on how the bytes came; whether they are refused cannot.
    /// </remarks>
    public static HeadStatus Parse(
        byte[] arena, int start, int end, ref int scanned, RequestHead head, Http1Limits limits, out RejectReason reason)
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
        reason = headEnd - start > limits.MaxHeadBytes ? RejectReason.HeadTooLarge : ParseWhole(arena, head, limits);
        return reason == RejectReason.None ? HeadStatus.Complete : HeadStatus.Rejected;
    }

    private static RejectReason ParseWhole(byte[] arena, RequestHead head, Http1Limits limits)
    {
        RejectReason reason = RequestLine.Read(arena, head.Start, head.End, head);
        if (head.FieldsStart - head.Start > limits.MaxStartLineBytes) return RejectReason.StartLineTooLong;
        if (reason == RejectReason.None) reason = FieldLines.Read(arena, head.FieldsStart, head.End, head, limits);
        if (reason == RejectReason.None) reason = ReadHost(head);
        if (reason == RejectReason.None) reason = ReadConnection(head, limits);
        if (reason == RejectReason.None) reason = ReadFraming(head);
        return reason;
    }

    /// <summary>Judges the first byte and, once it is whole, the request line: a client that speaks something else hears so at once.</summary>
    private static RejectReason JudgePartial(byte[] arena, int start, int end, int seen, RequestHead head, Http1Limits limits)
    {
        if (!Http1Bytes.Token.Contains(arena[start])) return RejectReason.InvalidMethod;
        RejectReason reason = HeadScanner.JudgePartial(arena, start, end, seen, limits, out int lineEnd);
        if (reason != RejectReason.None || lineEnd < 0) return reason;
        head.Reset();
        head.Arena = arena;
        return RequestLine.Read(arena, start, lineEnd, head);
    }

    private static RejectReason ReadHost(RequestHead head)
    {
        if (head.IsRepeated(KnownField.Host)) return RejectReason.MultipleHosts;
        if (!head.Has(KnownField.Host)) return head.MinorVersion == 0 ? RejectReason.None : RejectReason.MissingHost;
        foreach (ref readonly Field field in head.Fields)
        {
            if (field.Known != KnownField.Host) continue;
            if (!RequestTarget.IsAuthority(head.Value(field))) return RejectReason.InvalidHost;
            if (!head.IsAbsoluteForm)
            {
                head.AuthorityStart = field.ValueStart;
                head.AuthorityLength = field.ValueLength;
            }

            break;
        }

        return RejectReason.None;
    }

    private static RejectReason ReadConnection(RequestHead head, Http1Limits limits)
    {
        RejectReason reason = ConnectionOptions.Read(head, limits, out ConnectionOptions options);
        bool modern = head.MinorVersion > 0;
        head.KeepAlive = !options.Close && (modern || options.KeepAlive);
        head.OffersUpgrade = options.Upgrade && modern && head.Has(KnownField.Upgrade);
        if (head.Has(KnownField.Te)) head.AcceptsTrailers = modern && Http1Bytes.Lists(head, KnownField.Te, "trailers"u8);
        if (head.Has(KnownField.Expect)) ReadExpect(head, modern);
        return reason;
    }

    /// <summary>
    /// An expectation other than 100-continue travels on: its server answers (RFC 9110 section 10.1.1). In HTTP/1.0 it means nothing and stays
    /// here.
    /// </summary>
    private static void ReadExpect(RequestHead head, bool modern)
    {
        foreach (ref Field field in head.FieldTable.AsSpan(0, head.FieldCount))
        {
            if (field.Known != KnownField.Expect || !Ascii.EqualsIgnoreCase(head.Value(field), "100-continue"u8)) continue;
            head.ExpectsContinue = modern;
            field.HopByHop = !modern;
            head.AnyHopByHop |= !modern;
        }
    }

    private static RejectReason ReadFraming(RequestHead head)
    {
        bool encoded = head.Has(KnownField.TransferEncoding);
        if (head.Has(KnownField.ContentLength))
        {
            RejectReason reason = FramingFields.ReadLength(head, out long length);
            if (reason != RejectReason.None) return reason;
            if (encoded) return RejectReason.LengthAndTransferEncoding;
            head.ContentLength = length;
            head.Framing = BodyFraming.Length;
        }

        if (!encoded) return RejectReason.None;
        if (head.MinorVersion == 0) return RejectReason.TransferEncodingInHttp10;
        head.Framing = BodyFraming.Chunked;
        return FramingFields.ReadTransferEncoding(head);
    }
}
