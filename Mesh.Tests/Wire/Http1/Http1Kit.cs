using System.Text;
using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Wire.Http1;

/// <summary>Drives the pure codec as a connection would, with bytes that come in any pieces.</summary>
internal static class Http1Kit
{
    public static readonly HeadEdits NoEdits = new();

    public static byte[] Bytes(string latin1) => Encoding.Latin1.GetBytes(latin1);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    public static (HeadStatus Status, RejectReason Reason, RequestHead Head) Request(string raw, Http1Limits? limits = null)
    {
        byte[] arena = Bytes(raw);
        RequestHead head = new();
        int scanned = 0;
        limits ??= Http1Limits.Default;
        HeadStatus status = RequestHeadParser.Parse(arena, 0, arena.Length, ref scanned, head, limits, out RejectReason reason);
        return (status, reason, head);
    }

    public static (HeadStatus Status, RejectReason Reason, ResponseHead Head) Response(string raw, KnownMethod method = KnownMethod.Get)
    {
        byte[] arena = Bytes(raw);
        ResponseHead head = new();
        int scanned = 0;
        HeadStatus status = ResponseHeadParser.Parse(arena, 0, arena.Length, ref scanned, head, method, Http1Limits.Default, out RejectReason reason);
        return (status, reason, head);
    }

    public static RequestHead Accepted(string raw)
    {
        (HeadStatus status, RejectReason reason, RequestHead head) = Request(raw);
        Assert.Equal((HeadStatus.Complete, RejectReason.None), (status, reason));
        return head;
    }

    public static ResponseHead AcceptedResponse(string raw, KnownMethod method = KnownMethod.Get)
    {
        (HeadStatus status, RejectReason reason, ResponseHead head) = Response(raw, method);
        Assert.Equal((HeadStatus.Complete, RejectReason.None), (status, reason));
        return head;
    }

    public static string Encode(RequestHead head, HeadEdits? edits = null, bool keepAlive = true, bool trailers = false, string upgrade = "")
    {
        OutputBuffer output = new();
        Http1Encoder.WriteRequestHead(
            output, head, edits ?? NoEdits, head.Framing, head.ContentLength, keepAlive, trailers, Bytes(upgrade));
        return Take(output);
    }

    public static string Encode(ResponseHead head, HeadEdits? edits = null, byte minor = 1, bool close = false, string upgrade = "")
    {
        OutputBuffer output = new();
        Http1Encoder.WriteResponseHead(output, head, edits ?? NoEdits, head.Framing, head.ContentLength, minor, close, Bytes(upgrade));
        return Take(output);
    }

    public static string Take(OutputBuffer output)
    {
        string text = Text(output.Pending);
        output.Release();
        return text;
    }

    public static (ChunkStatus Status, RejectReason Reason, string Data, int Used, string Trailers) Dechunk(
        string raw, Func<int, int> pieces, Http1Limits? limits = null)
    {
        ChunkedDecoder decoder = new(limits ?? Http1Limits.Default);
        byte[] bytes = Bytes(raw);
        StringBuilder data = new();
        int at = 0;
        ChunkStatus status = ChunkStatus.NeedMore;
        while (at < bytes.Length && status == ChunkStatus.NeedMore)
        {
            byte[] piece = bytes[at..Math.Min(bytes.Length, at + Math.Max(1, pieces(at)))];
            status = decoder.Decode(piece, out int consumed, out int length);
            Assert.True(status != ChunkStatus.NeedMore || consumed == piece.Length);
            data.Append(Text(piece.AsSpan(0, length)));
            at += consumed;
        }

        return (status, decoder.Reason, data.ToString(), at, Text(decoder.Trailers.Lines));
    }
}
