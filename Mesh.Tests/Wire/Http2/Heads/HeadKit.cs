using System.Text;
using Mesh.Tests.Wire.Http2.Hpack;
using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Heads;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Tests.Wire.Http2.Heads;

/// <summary>Heads from fields, and back to either protocol.</summary>
internal static class HeadKit
{
    public const string Get = ":method: GET\n:scheme: https\n:authority: example.com\n:path: /pets?x=1";

    /// <summary>One field a line, <c>name: value</c>; a line without that is a name with an empty value.</summary>
    public static TextField[] Fields(string lines) => [.. lines.Split('\n').Select(Field)];

    public static RejectReason Request(IEnumerable<TextField> fields, out RequestHead head, bool endStream = true)
    {
        head = new RequestHead();
        RequestHeadBuilder builder = new(Http1Limits.Default);
        builder.Begin(head);
        HeadBuilder.Sink sink = new(builder);
        foreach (TextField field in fields) sink.Field(Bytes(field.Name), Bytes(field.Value), field.NeverIndexed);
        return builder.Finish(endStream);
    }

    public static RejectReason Response(string lines, out ResponseHead head, KnownMethod method = KnownMethod.Get, bool endStream = false)
    {
        head = new ResponseHead();
        ResponseHeadBuilder builder = new(Http1Limits.Default);
        builder.Begin(head, method);
        HeadBuilder.Sink sink = new(builder);
        foreach (TextField field in Fields(lines)) sink.Field(Bytes(field.Name), Bytes(field.Value), field.NeverIndexed);
        return builder.Finish(endStream);
    }

    /// <summary>What an HTTP/1 hop would send.</summary>
    public static string Http1(RequestHead head, HeadEdits? edits = null)
    {
        OutputBuffer output = new();
        Http1Encoder.WriteRequestHead(output, head, edits ?? new HeadEdits(), head.Framing, head.ContentLength, true, head.AcceptsTrailers, default);
        return Encoding.Latin1.GetString(output.Pending);
    }

    public static string Http1(ResponseHead head)
    {
        OutputBuffer output = new();
        Http1Encoder.WriteResponseHead(output, head, new HeadEdits(), head.Framing, head.ContentLength, 1, false, default);
        return Encoding.Latin1.GetString(output.Pending);
    }

    /// <summary>What an HTTP/2 hop would send, unpacked.</summary>
    public static List<TextField> Http2(RequestHead head, HeadEdits edits, string protocol = "")
    {
        byte[] room = new byte[HeadFields.MaxRequestBytes(head, edits, "https"u8, Bytes(protocol))];
        int length = HeadFields.WriteRequest(room, new HpackEncoder(), head, edits, "https"u8, head.Framing, head.ContentLength, Bytes(protocol));
        return Unpack(room.AsSpan(0, length));
    }

    public static List<TextField> Http2(ResponseHead head, HeadEdits edits)
    {
        byte[] room = new byte[HeadFields.MaxResponseBytes(head, edits)];
        int length = HeadFields.WriteResponse(room, new HpackEncoder(), head, edits, head.Framing, head.ContentLength);
        return Unpack(room.AsSpan(0, length));
    }

    public static List<TextField> Unpack(ReadOnlySpan<byte> block)
    {
        if (HpackKit.Decode(new HpackDecoder(), block, out List<TextField> fields) != HpackResult.Complete) throw new InvalidOperationException();
        return fields;
    }

    public static RequestHead ParseRequest(string text)
    {
        RequestHead head = new();
        int scanned = 0;
        byte[] bytes = Bytes(text);
        HeadStatus status = RequestHeadParser.Parse(bytes, 0, bytes.Length, ref scanned, head, Http1Limits.Default, out RejectReason reason);
        return status == HeadStatus.Complete && head.End == bytes.Length ? head : throw new InvalidOperationException($"{reason}: {text}");
    }

    public static ResponseHead ParseResponse(string text, KnownMethod method = KnownMethod.Get)
    {
        ResponseHead head = new();
        int scanned = 0;
        byte[] bytes = Bytes(text);
        HeadStatus status = ResponseHeadParser.Parse(bytes, 0, bytes.Length, ref scanned, head, method, Http1Limits.Default, out RejectReason reason);
        return status == HeadStatus.Complete ? head : throw new InvalidOperationException($"{reason}: {text}");
    }

    private static TextField Field(string line)
    {
        int at = line.LastIndexOf(": ", StringComparison.Ordinal);
        return at > 0 ? new TextField(line[..at], line[(at + 2)..]) : new TextField(line, "");
    }

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
