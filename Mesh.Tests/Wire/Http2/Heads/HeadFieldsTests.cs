using System.Buffers;
using System.Text;
using Mesh.Tests.Wire.Http2.Hpack;
using Mesh.Wire;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Heads;
using Mesh.Wire.Http2.Hpack;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Heads;

public sealed class HeadFieldsTests
{
    [Theory]
    [InlineData(
        "POST /a?b HTTP/1.1\r\nHost: X:80\r\nX-Own: V\r\nConnection: close, x-hop\r\nX-Hop: 1\r\nContent-Length: 3\r\n\r\n",
        ":method: POST\n:scheme: https\n:authority: X:80\n:path: /a?b\nx-own: V\ncontent-length: 3")]
    [InlineData(
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTE: trailers, gzip\r\nKeep-Alive: 1\r\nUpgrade: h2c\r\n\r\n",
        ":method: POST\n:scheme: https\n:authority: x\n:path: /\nte: trailers")]
    [InlineData("GET http://y?q HTTP/1.1\r\nHost: x\r\nA:\r\n\r\n", ":method: GET\n:scheme: https\n:authority: y\n:path: /?q\na: ")]
    [InlineData("OPTIONS http://y HTTP/1.1\r\nHost: x\r\n\r\n", ":method: OPTIONS\n:scheme: https\n:authority: y\n:path: *")]
    [InlineData("GET / HTTP/1.0\r\nContent-Length: 00\r\n\r\n", ":method: GET\n:scheme: https\n:path: /\ncontent-length: 0")]
    public void PacksARequestOfHttp1(string request, string expected) =>
        Assert.Equal(expected, HpackKit.Show(HeadKit.Http2(HeadKit.ParseRequest(request), new HeadEdits())));

    [Fact]
    public void AppliesWhatTheHopChanges()
    {
        RequestHead head = HeadKit.ParseRequest("GET /users/1 HTTP/1.1\r\nHost: x\r\nA: b\r\nC: d\r\n\r\n");
        HeadEdits edits = new() { TargetSkip = "/users".Length };
        edits.Drop(1);
        edits.Add("Via"u8, "1.1 mesh"u8);
        edits.Add("Host"u8, "other"u8);
        edits.AddLines("L5d-Dst-Service: /svc/users\r\nConnection: close\r\nX-Empty: \r\n"u8);

        List<TextField> fields = HeadKit.Http2(head, edits);

        Assert.Equal(
            ":method: GET\n:scheme: https\n:authority: other\n:path: /1\nc: d\nvia: 1.1 mesh\nl5d-dst-service: /svc/users\nx-empty: ",
            HpackKit.Show(fields));
    }

    [Theory]
    [InlineData("GET /v1/a?b HTTP/1.1", 3, "/v2", "/v2/a?b")]
    [InlineData("GET /v1 HTTP/1.1", 3, "/v2", "/v2")]
    [InlineData("GET /v1?b HTTP/1.1", 3, "/v2", "/v2?b")]
    [InlineData("GET /a?b HTTP/1.1", 2, "", "/?b")]
    [InlineData("OPTIONS /v1 HTTP/1.1", 3, "", "/")]
    public void TargetAndAuthority_AreReplaced_AsForHttp1(string line, int skip, string prefix, string expected)
    {
        RequestHead head = HeadKit.ParseRequest($"{line}\r\nHost: x\r\nA: b\r\n\r\n");
        HeadEdits edits = new() { TargetSkip = skip, TargetPrefix = Encoding.ASCII.GetBytes(prefix), Authority = "users.internal"u8.ToArray() };

        string fields = HpackKit.Show(HeadKit.Http2(head, edits));

        Assert.Equal($":method: {line.Split(' ')[0]}\n:scheme: https\n:authority: users.internal\n:path: {expected}\na: b", fields);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nServer: X\r\nContent-Length: 3\r\n\r\n", ":status: 200\nserver: X\ncontent-length: 3")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n", ":status: 200")]
    [InlineData("HTTP/1.0 200 OK\r\nX: y\r\n\r\n", ":status: 200\nx: y")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", ":status: 304\ncontent-length: 9")]
    [InlineData("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", ":status: 200")]
    [InlineData("HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n", ":status: 103\nlink: </a>")]
    public void PacksAResponseOfHttp1(string response, string expected) =>
        Assert.Equal(expected, HpackKit.Show(HeadKit.Http2(HeadKit.ParseResponse(response), new HeadEdits())));

    [Theory]
    [InlineData(":status: 200\ncontent-type: application/grpc\ngrpc-status: 5")]
    [InlineData(":status: 200\ncontent-length: 0")]
    public void ResponseOfHttp2WithoutABody_SaysNoLengthThatWasNotSaid(string fields)
    {
        HeadKit.Response(fields, out ResponseHead head, endStream: true);

        Assert.Equal(fields, HpackKit.Show(HeadKit.Http2(head, new HeadEdits())));
    }

    [Fact]
    public void PacksAnswersOfOurOwn_AndTrailers()
    {
        byte[] room = new byte[HeadFields.MaxLinesBytes("l5d-err: x\r\n"u8)];

        int local = HeadFields.WriteLocal(room, new HpackEncoder(), 503, "L5d-Err: x\r\n"u8, 12);
        Assert.Equal(":status: 503\ncontent-length: 12\nl5d-err: x", HpackKit.Show(HeadKit.Unpack(room.AsSpan(0, local))));

        int trailers = HeadFields.WriteTrailers(room, new HpackEncoder(), "grpc-status:0\r\nX-Sum: 1\r\n"u8);
        Assert.Equal("grpc-status: 0\nx-sum: 1", HpackKit.Show(HeadKit.Unpack(room.AsSpan(0, trailers))));
    }

    [Fact]
    public void HandsOnWhatNobodyMayIndex()
    {
        HeadKit.Request([.. HeadKit.Fields(HeadKit.Get), new TextField("x-key", "abc", true), new TextField("x-other", "abc")], out RequestHead head);

        List<TextField> fields = HeadKit.Http2(head, new HeadEdits());

        Assert.Equal(["x-key"], fields.Where(field => field.NeverIndexed).Select(field => field.Name));
    }

    [Fact]
    public void CopyOfARequest_HandsItOnToo()
    {
        TextField[] secret = [.. HeadKit.Fields(HeadKit.Get).Select(field => field with { NeverIndexed = field.Name == ":path" })];
        HeadKit.Request([.. secret, new TextField("x-key", "abc", true), new TextField("x-other", "abc")], out RequestHead head);

        RequestHead copy = head.Copy(0);
        head.Reset();

        Assert.Equal(
            [":authority", ":path", "x-key"],
            HeadKit.Http2(copy, new HeadEdits()).Where(field => field.NeverIndexed).Select(field => field.Name));
    }

    [Fact]
    public void HandsOnThatNobodyMayIndexAPath()
    {
        TextField[] secret = [.. HeadKit.Fields(HeadKit.Get).Select(field => field with { NeverIndexed = field.Name == ":path" })];
        HeadKit.Request(secret, out RequestHead head);

        List<TextField> fields = HeadKit.Http2(head, new HeadEdits());

        Assert.Equal([":authority", ":path"], fields.Where(field => field.NeverIndexed).Select(field => field.Name));
    }

    [Fact]
    public void StaysWithinTheRoomItAsksFor()
    {
        SplitMix64 random = new(5);
        HpackEncoder encoder = new();
        for (int round = 0; round < 3000; round++)
        {
            string lines = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => Line(ref random)));
            RequestHead head = HeadKit.ParseRequest($"GET /{new string('~', random.Next(300))} HTTP/1.1\r\nHost: x\r\n{lines}\r\n");
            HeadEdits edits = new();
            edits.AddLines(HeadKit.Bytes(lines));
            if (round % 3 == 0) encoder.SetPeerTableSize((uint)random.Next(5000));
            byte[] room = new byte[HeadFields.MaxRequestBytes(head, edits, "https"u8, default)];

            int length = HeadFields.WriteRequest(room, encoder, head, edits, "https"u8, head.Framing, head.ContentLength, default);

            Assert.InRange(length, 1, room.Length);
        }
    }

    private static string Line(ref SplitMix64 random)
    {
        string name = new string('N', 1 + random.Next(3)) + (char)('a' + random.Next(26));
        int length = random.Next(random.Next(9) == 0 ? 1000 : 4);
        return $"{name}:{new string(random.Next(2) == 0 ? '\u00e9' : '~', length)}\r\n";
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(200)]
    [InlineData(1234)]
    public void FramesABlock_InOrder(int length)
    {
        byte[] block = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        byte[] room = new byte[HeadFrames.RoomFor(length, 100)];
        block.CopyTo(room, HeadFrames.BlockStart);

        int written = HeadFrames.Write(room, length, 7, endStream: true, 100);

        ArrayBufferWriter<byte> gathered = new();
        int frames = 0;
        for (int at = 0; at < written; frames++)
        {
            FrameHeader header = FrameHeader.Parse(room.AsSpan(at));
            gathered.Write(room.AsSpan(at + FrameHeader.Bytes, header.Length));
            at += FrameHeader.Bytes + header.Length;
            Assert.Equal((frames == 0 ? FrameType.Headers : FrameType.Continuation, 7), (header.Type, header.StreamId));
            Assert.Equal((at == written, frames == 0), (header.Has(FrameFlags.EndHeaders), header.Has(FrameFlags.EndStream)));
        }

        Assert.Equal(block, gathered.WrittenSpan.ToArray());
        Assert.Equal(Math.Max(1, (length + 99) / 100), frames);
    }

    [Fact]
    public void AllocatesNothing_OnceWarm()
    {
        HpackDecoder decoder = new();
        HpackEncoder first = new(), second = new();
        RequestHead head = new();
        RequestHeadBuilder builder = new(Http1Limits.Default);
        HeadEdits edits = new();
        edits.Add("Via"u8, "1.1 mesh"u8);
        RequestHead source = HeadKit.ParseRequest("GET /pets HTTP/1.1\r\nHost: x\r\nCookie: a=b\r\nUser-Agent: wrk\r\nX-Request-Id: 12345\r\n\r\n");
        byte[] room = new byte[4096];

        void Round()
        {
            int length = HeadFields.WriteRequest(room, first, source, edits, "http"u8, source.Framing, -1, default);
            builder.Begin(head);
            HeadBuilder.Sink sink = new(builder);
            HpackResult result = decoder.Decode(room.AsSpan(0, length), ref sink, 65536, 200);
            if (result != HpackResult.Complete || builder.Finish(true) != RejectReason.None) throw new InvalidOperationException();
            HeadFields.WriteRequest(room, second, head, edits, "http"u8, head.Framing, -1, default);
            builder.Release();
        }

        for (int i = 0; i < 200; i++) Round();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++) Round();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, 1000);
    }
}
