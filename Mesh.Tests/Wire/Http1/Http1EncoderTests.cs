using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Wire.Http1;

public sealed class Http1EncoderTests
{
    [Theory]
    [InlineData("GET /a HTTP/1.1\r\nHost: x\r\nA:  b \r\n\r\n")]
    [InlineData("POST /a HTTP/1.1\r\nContent-Length: 5\r\nHost: x\r\n\r\n")]
    [InlineData("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n")]
    public void CopiesARequest_ThatNeedsNoChange(string raw) => Assert.Equal(raw, Http1Kit.Encode(Http1Kit.Accepted(raw)));

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n")]
    public void CopiesAResponse_ThatNeedsNoChange(string raw) => Assert.Equal(raw, Http1Kit.Encode(Http1Kit.AcceptedResponse(raw)));

    [Fact]
    public void LeavesHopByHopFieldsBehind()
    {
        RequestHead head = Http1Kit.Accepted(
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: close, X-Own\r\nKeep-Alive: 5\r\nX-Own: 1\r\nA: b\r\nTE: gzip\r\nUpgrade: h2c\r\n"
            + "HTTP2-Settings: x\r\nProxy-Connection: y\r\nProxy-Authorization: z\r\nC: d\r\n\r\n");

        Assert.Equal("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\nC: d\r\n\r\n", Http1Kit.Encode(head));
    }

    [Theory]
    [InlineData("Host")]
    [InlineData("Content-Length")]
    [InlineData("Cookie")]
    [InlineData("Authorization")]
    [InlineData("X-Forwarded-For")]
    [InlineData("l5d-dst-override")]
    public void KeepsWhatConnectionMayNotStrip(string name)
    {
        RequestHead head = Http1Kit.Accepted(
            $"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nCookie: c\r\nAuthorization: a\r\n"
            + $"X-Forwarded-For: f\r\nl5d-dst-override: o\r\nConnection: {name}\r\n\r\n");

        Assert.Contains($"\r\n{name}: ", Http1Kit.Encode(head), StringComparison.Ordinal);
    }

    [Fact]
    public void KeepsChunkedFraming_WhenConnectionListsIt()
    {
        RequestHead head = Http1Kit.Accepted("POST / HTTP/1.1\r\nHost: x\r\nConnection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n");

        Assert.Equal("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", Http1Kit.Encode(head));
    }

    [Theory]
    [InlineData("GET http://y:1/p HTTP/1.1\r\nHost: x\r\n\r\n", "GET /p HTTP/1.1\r\nHost: y:1\r\n\r\n")]
    [InlineData("GET http://y HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: y\r\n\r\n")]
    [InlineData("GET http://y?q HTTP/1.1\r\nHost: x\r\n\r\n", "GET /?q HTTP/1.1\r\nHost: y\r\n\r\n")]
    [InlineData("OPTIONS http://y HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: y\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\n\r\n")]
    [InlineData("GET / HTTP/1.2\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    public void WritesOriginFormInHttp11(string raw, string wire) => Assert.Equal(wire, Http1Kit.Encode(Http1Kit.Accepted(raw)));

    [Theory]
    [InlineData("Content-Length: 5, 5\r\n")]
    [InlineData("Content-Length: 005\r\n")]
    [InlineData("Content-Length: 5\r\nContent-Length: 5\r\n")]
    public void WritesOneCanonicalLength(string fields)
    {
        RequestHead head = Http1Kit.Accepted($"POST / HTTP/1.1\r\nHost: x\r\n{fields}A: b\r\n\r\n");

        Assert.Equal("POST / HTTP/1.1\r\nHost: x\r\nA: b\r\nContent-Length: 5\r\n\r\n", Http1Kit.Encode(head));
    }

    [Theory]
    [InlineData(false, false, "", "Connection: close\r\n")]
    [InlineData(true, true, "", "TE: trailers\r\nConnection: TE\r\n")]
    [InlineData(false, true, "", "TE: trailers\r\nConnection: TE, close\r\n")]
    [InlineData(true, false, "websocket", "Upgrade: websocket\r\nConnection: Upgrade\r\n")]
    [InlineData(true, true, "websocket", "TE: trailers\r\nUpgrade: websocket\r\nConnection: Upgrade, TE\r\n")]
    [InlineData(false, true, "websocket", "TE: trailers\r\nUpgrade: websocket\r\nConnection: Upgrade, TE, close\r\n")]
    public void WritesItsOwnConnection(bool keepAlive, bool trailers, string upgrade, string lines)
    {
        RequestHead head = Http1Kit.Accepted("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal($"GET / HTTP/1.1\r\nHost: x\r\n{lines}\r\n", Http1Kit.Encode(head, null, keepAlive, trailers, upgrade));
    }

    [Fact]
    public void AppliesEdits_AndLeavesTheHeadForAnotherTry()
    {
        RequestHead head = Http1Kit.Accepted("GET / HTTP/1.1\r\nHost: x\r\nl5d-a: b\r\nC: d\r\n\r\n");
        HeadEdits edits = new();
        edits.Drop(1);
        edits.Add("Via", "1.1 mesh");

        string first = Http1Kit.Encode(head, edits);

        Assert.Equal("GET / HTTP/1.1\r\nHost: x\r\nC: d\r\nVia: 1.1 mesh\r\n\r\n", first);
        Assert.Equal(first, Http1Kit.Encode(head, edits));
    }

    [Theory]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", 1, false, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 1\r\n\r\n", 1, false, "HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n", 1, false, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", 1, true, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", 0, false, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0, false, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n\r\n", 1, false, "HTTP/1.1 200 OK\r\nA: b\r\nConnection: close\r\n\r\n")]
    [InlineData("HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n", 1, false, "HTTP/1.1 204 X\r\n\r\n")]
    public void WritesResponses_ForTheirClient(string raw, byte minor, bool close, string wire) =>
        Assert.Equal(wire, Http1Kit.Encode(Http1Kit.AcceptedResponse(raw), null, minor, close));

    [Fact]
    public void KeepsTheLength_OfAnAnswerToHead()
    {
        ResponseHead head = Http1Kit.AcceptedResponse("HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n", KnownMethod.Head);

        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", Http1Kit.Encode(head));
    }

    [Fact]
    public void WritesTheUpgrade()
    {
        ResponseHead head = Http1Kit.AcceptedResponse("HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nA: b\r\n\r\n");

        Assert.Equal("HTTP/1.1 101 Go\r\nA: b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", Http1Kit.Encode(head, upgrade: "websocket"));
    }

    [Fact]
    public void WritesInterimResponses_WithoutConnection()
    {
        OutputBuffer output = new();

        ResponseHead head = Http1Kit.AcceptedResponse("HTTP/1.1 103 Early Hints\r\nLink: x\r\nConnection: close\r\n\r\n");
        Http1Encoder.WriteInterim(output, head, Http1Kit.NoEdits);

        Assert.Equal("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", Http1Kit.Take(output));
    }

    [Theory]
    [InlineData(1, "1\r\n")]
    [InlineData(15, "f\r\n")]
    [InlineData(16, "10\r\n")]
    [InlineData(4096, "1000\r\n")]
    public void FramesChunks_InPlaceAndByCopyAlike(int length, string prefix)
    {
        byte[] buffer = new byte[ChunkFrame.PrefixBytes + length + ChunkFrame.SuffixBytes];
        buffer.AsSpan(ChunkFrame.PrefixBytes, length).Fill((byte)'x');
        OutputBuffer output = new();

        int start = ChunkFrame.WriteAround(buffer, ChunkFrame.PrefixBytes, length);
        Http1Encoder.WriteChunk(output, buffer.AsSpan(ChunkFrame.PrefixBytes, length));

        string wire = prefix + new string('x', length) + "\r\n";
        Assert.Equal(wire, Http1Kit.Text(buffer.AsSpan(start)));
        Assert.Equal(wire, Http1Kit.Take(output));
    }

    [Fact]
    public void EndsChunkedBodies_WithTheirTrailers()
    {
        OutputBuffer output = new();

        Http1Encoder.WriteChunk(output, default);
        Http1Encoder.WriteLastChunk(output, "A: b\r\n"u8);

        Assert.Equal("0\r\nA: b\r\n\r\n", Http1Kit.Take(output));
    }

    [Theory]
    [InlineData(400, false, true, "HTTP/1.1 400 Bad\r\nContent-Length: 2\r\nA: b\r\nConnection: close\r\n\r\nno")]
    [InlineData(503, true, false, "HTTP/1.1 503 Bad\r\nContent-Length: 2\r\nA: b\r\n\r\n")]
    [InlineData(204, false, false, "HTTP/1.1 204 Bad\r\nA: b\r\n\r\n")]
    public void WritesItsOwnAnswers(int status, bool head, bool close, string wire)
    {
        OutputBuffer output = new();

        Http1Encoder.WriteLocalResponse(output, status, "Bad"u8, "A: b\r\n"u8, "no"u8, head, close);

        Assert.Equal(wire, Http1Kit.Take(output));
    }
}
