using Mesh.Tests.Kit;
using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Wire.Http1;

public sealed class Http1AllocationTests
{
    private const int Rounds = 2_000;

    [Fact]
    public void AllocatesNothing_OnceWarm()
    {
        byte[] request = Http1Kit.Bytes(
            "POST /a HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, te\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n");
        byte[] response = Http1Kit.Bytes("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 05\r\n\r\n");
        byte[] chunks = Http1Kit.Bytes("5\r\nhello\r\n5;a\r\nworld\r\n0\r\nA: b\r\n\r\n");
        byte[] scratch = new byte[chunks.Length];
        RequestHead requestHead = new();
        ResponseHead responseHead = new();
        ChunkedDecoder decoder = new(Http1Limits.Default);
        OutputBuffer output = new();
        HeadEdits edits = new();

        void Round()
        {
            int scanned = 0;
            RequestHeadParser.Parse(request, 0, request.Length, ref scanned, requestHead, Http1Limits.Default, out _);
            edits.Reset();
            edits.Add("Via"u8, "1.1 mesh"u8);
            Http1Encoder.WriteRequestHead(output, requestHead, edits, BodyFraming.Chunked, -1, false, requestHead.AcceptsTrailers, default);
            decoder.Reset();
            chunks.CopyTo(scratch, 0);
            decoder.Decode(scratch, out _, out int start, out int length);
            Http1Encoder.WriteChunk(output, scratch.AsSpan(start, length));
            Http1Encoder.WriteLastChunk(output, decoder.Trailers.Lines);
            scanned = 0;
            ResponseHeadParser.Parse(response, 0, response.Length, ref scanned, responseHead, KnownMethod.Post, Http1Limits.Default, out _);
            Http1Encoder.WriteResponseHead(output, responseHead, edits, BodyFraming.Length, 5, 0, false, default);
            output.Consume(output.Length);
        }

        for (int i = 0; i < 100; i++) Round();
        long allocated = Allocated.Least(() =>
        {
            for (int i = 0; i < Rounds; i++) Round();
        });

        Assert.InRange(allocated, 0, Rounds / 10);
    }
}
