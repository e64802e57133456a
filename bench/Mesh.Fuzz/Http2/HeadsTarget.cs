using System.Text;
using Mesh.Fuzz.Http1;
using Mesh.Fuzz.World;
using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Heads;

namespace Mesh.Fuzz.Http2;

/// <summary>
/// Field lists of HTTP/2 to heads, and on by either protocol: nothing is smuggled into HTTP/1, and a node behind us takes what we took.
/// </summary>
/// <remarks>A part is a field: a byte of the name's length, the name, the value.</remarks>
internal sealed class HeadsTarget : FuzzTarget
{
    /// <summary>What a connection gives on of one head.</summary>
    private const int MostFields = 200;

    /// <summary>Longer ones are not made.</summary>
    private const int MostBody = 100_000;

    private static readonly string[] s_values =
    [
        "GET", "POST", "HEAD", "OPTIONS", "CONNECT", "/", "*", "/a?b", "x", "x:80", "[::1]", "http", "https", "websocket", "200", "204", "304", "100",
        "trailers", "5", "0",
        "a=1", "", " lead", "trail ", "a\r\nb: c", "a\nb", "\0", "chunked", "100-continue", "a, b", "u@h", "//", "/ x", "\u00ff", "close",
    ];

    private static readonly string[] s_names =
    [
        "cookie", "cookie", "cookie", "host", "te", "content-length", "content-length", "expect", "x-a", "transfer-encoding", "connection", "upgrade",
        "content_length", "X-Up",
        "", "a b", "a:b", "keep-alive", "via", "l5d-x", "proxy-connection", "sec-websocket-key", "\r\nx", "trailer", "http2-settings",
    ];

    public override string Name => "http2-heads";

    public override FuzzCase Make(Dice dice)
    {
        byte[] knobs = dice.Bytes(KnobCount);
        List<byte[]> parts = [];
        (string, string)[] pseudo = knobs[8] % 2 == 0
            ? [(":method", dice.Pick<string>(s_values.AsSpan(0, 5))), (":scheme", "http"), (":authority", dice.Pick<string>(["x", "x:80", "[::1]"])),
                (":path", dice.Pick<string>(["/", "/a?b", "*"]))]
            : [(":status", dice.Pick<string>(["200", "200", "204", "304", "404", "100", "103"]))];
        foreach ((string name, string value) in pseudo) parts.Add(Part(name, dice.Chance(94) ? value : dice.Pick<string>(s_values)));
        if (dice.Chance(10)) parts.Add(Part(":protocol", "websocket"));
        ReadOnlySpan<string> names = s_names.AsSpan(0, dice.Chance(75) ? 9 : s_names.Length);
        for (int count = dice.Next(6); count > 0; count--) parts.Add(Part(dice.Pick(names), dice.Pick<string>(s_values)));
        if (dice.Chance(20)) Mutator.Bytes(parts, dice, skip: 1);
        if (dice.Chance(10)) Mutator.Parts(parts, dice);
        return new FuzzCase(knobs, [.. parts]);
    }

    public override void Check(FuzzCase made)
    {
        BufferWatch buffers = new();
        bool ends = made.Knob(9, 2) == 0;
        if (made.Knob(8, 2) == 0) CheckRequest(made, ends);
        else CheckResponse(made, ends);
        buffers.RequireAllBack();
    }

    private static void CheckRequest(FuzzCase made, bool ends)
    {
        RequestHead head = new();
        RequestHeadBuilder builder = new(Http1Limits.Default);
        builder.Begin(head);
        Feed(new HeadBuilder.Sink(builder), made);
        RejectReason reason = builder.Finish(ends);
        FuzzFaultException.Require(Enum.IsDefined(reason), $"a refusal without its reason: {reason}");
        if (reason == RejectReason.None)
        {
            if (head.Protocol.IsEmpty) Translation.Judge(head);
            Judge(head, output => Http1Encoder.WriteRequestHead(output, head, new HeadEdits(), head.Framing, head.ContentLength, true,
                head.AcceptsTrailers, default), null);
        }

        builder.Release();
    }

    private static void CheckResponse(FuzzCase made, bool ends)
    {
        KnownMethod method = made.Knob(10, 4) == 0 ? KnownMethod.Head : KnownMethod.Get;
        ResponseHead head = new();
        ResponseHeadBuilder builder = new(Http1Limits.Default);
        builder.Begin(head, method);
        Feed(new HeadBuilder.Sink(builder), made);
        RejectReason reason = builder.Finish(ends);
        FuzzFaultException.Require(Enum.IsDefined(reason), $"a refusal without its reason: {reason}");
        if (reason == RejectReason.None)
        {
            Translation.Judge(head, method);
            Judge(
                head,
                output =>
                {
                    if (head.IsInterim) Http1Encoder.WriteInterim(output, head, new HeadEdits());
                    else Http1Encoder.WriteResponseHead(output, head, new HeadEdits(), head.Framing, head.ContentLength, 1, false, default);
                },
                method);
        }

        builder.Release();
    }

    /// <summary>By HTTP/1 it is one message, and the same.</summary>
    private static void Judge(MessageHead head, Action<OutputBuffer> write, KnownMethod? method)
    {
        if (head.Framing == BodyFraming.Length && head.ContentLength > MostBody) return;
        OutputBuffer output = new();
        write(output);
        byte[] body = head.Framing == BodyFraming.Length ? new byte[head.ContentLength] : [];
        if (head.Framing == BodyFraming.Chunked) Http1Encoder.WriteLastChunk(output, default);
        else output.Append(body);
        byte[] wire = output.Pending.ToArray();
        output.Release();
        MessageRules.Judge(new Message(head, body, [], wire), method);
    }

    private static void Feed(HeadBuilder.Sink sink, FuzzCase made)
    {
        foreach (byte[] part in made.Parts.Take(MostFields))
        {
            int length = part.Length == 0 ? 0 : Math.Min(part[0], part.Length - 1);
            sink.Field(part.AsSpan(Math.Min(1, part.Length), length), part.AsSpan(Math.Min(part.Length, 1 + length)), false);
        }
    }

    private static byte[] Part(string name, string value) => [(byte)name.Length, .. Encoding.Latin1.GetBytes(name),
        .. Encoding.Latin1.GetBytes(value)];
}
