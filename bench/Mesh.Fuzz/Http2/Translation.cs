using Mesh.Fuzz.Http1;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Heads;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Fuzz.Http2;

/// <summary>A head goes on by HTTP/2, and is the same there: taken by a node like us, of the same meaning, with the same fields.</summary>
internal static class Translation
{
    /// <summary>Of a head that a connection takes; more comes from nobody.</summary>
    private const int MostFields = 200;

    private static readonly HeadEdits s_noEdits = new();

    /// <summary>Packed for HTTP/2 and unpacked.</summary>
    public static void Judge(RequestHead head)
    {
        if (head.FieldCount > MostFields) return;
        byte[] room = new byte[HeadFields.MaxRequestBytes(head, s_noEdits, "http"u8, default)];
        int length = HeadFields.WriteRequest(room, new HpackEncoder(), head, s_noEdits, "http"u8, head.Framing, head.ContentLength, default);
        bool ends = head.Framing == BodyFraming.None || head is { Framing: BodyFraming.Length, ContentLength: 0 };
        RequestHead other = new();
        RequestHeadBuilder builder = new(Http1Grammar.Wide);
        builder.Begin(other);
        HeadBuilder.Sink sink = new(builder);
        HpackResult result = new HpackDecoder().Decode(room.AsSpan(0, length), ref sink, 1 << 20, int.MaxValue);
        FuzzFaultException.Require(result == HpackResult.Complete, $"its own HTTP/2 is not understood: {result}");
        RejectReason reason = builder.Finish(ends);
        FuzzFaultException.Require(reason == RejectReason.None, $"its own HTTP/2 is refused: {reason}");
        Same(head, other, length: head.Framing == BodyFraming.Length);
        builder.Release();
    }

    /// <summary>As above.</summary>
    public static void Judge(ResponseHead head, KnownMethod method)
    {
        if (head.Status == 101 || head.FieldCount > MostFields) return;
        BodyFraming framing = head.Framing == BodyFraming.UntilClose ? BodyFraming.Chunked : head.Framing;
        byte[] room = new byte[HeadFields.MaxResponseBytes(head, s_noEdits)];
        int length = HeadFields.WriteResponse(room, new HpackEncoder(), head, s_noEdits, framing, head.ContentLength);
        ResponseHead other = new();
        ResponseHeadBuilder builder = new(Http1Grammar.Wide);
        builder.Begin(other, method);
        HeadBuilder.Sink sink = new(builder);
        HpackResult result = new HpackDecoder().Decode(room.AsSpan(0, length), ref sink, 1 << 20, int.MaxValue);
        FuzzFaultException.Require(result == HpackResult.Complete, $"its own HTTP/2 is not understood: {result}");
        bool ends = (framing == BodyFraming.None && !head.IsInterim) || (framing == BodyFraming.Length && head.ContentLength == 0);
        RejectReason reason = builder.Finish(ends);
        FuzzFaultException.Require(reason == RejectReason.None, $"its own HTTP/2 is refused: {reason}");
        Same(head, other, length: framing == BodyFraming.Length);
        builder.Release();
    }

    private static void Same(MessageHead one, MessageHead other, bool length)
    {
        (string before, string after) = (MessageRules.Meaning(one), MessageRules.Meaning(other));
        FuzzFaultException.Require(before == after, $"HTTP/2 makes something else of it: {before} / {after}");
        FuzzFaultException.Require(!length || one.ContentLength == other.ContentLength,
            $"HTTP/2 makes another length of it: {one.ContentLength}, {other.ContentLength}");
    }
}
