using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Wire.Http1;

public sealed class ChunkedDecoderTests
{
    private static readonly Func<int, int> AtOnce = _ => int.MaxValue / 2;
    private static readonly Func<int, int> ByteByByte = _ => 1;

    [Theory]
    [InlineData("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world")]
    [InlineData("0\r\n\r\n", "")]
    [InlineData("0000\r\n\r\n", "")]
    [InlineData("000A\r\n0123456789\r\n0\r\n\r\n", "0123456789")]
    [InlineData("5;a=b;c=\"d e\"\r\nhello\r\n0;z\r\n\r\n", "hello")]
    [InlineData("5 ; a\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5  \r\nhello\r\n0 \r\n\r\n", "hello")]
    public void JoinsTheChunks_HoweverTheyCome(string raw, string data)
    {
        foreach (Func<int, int> pieces in new[] { AtOnce, ByteByByte })
        {
            (ChunkStatus status, _, string decoded, int used, _) = Http1Kit.Dechunk(raw, pieces);

            Assert.Equal((ChunkStatus.Complete, data, raw.Length), (status, decoded, used));
        }
    }

    [Fact]
    public void LeavesTheNextMessageAlone()
    {
        (ChunkStatus status, _, string data, int used, _) = Http1Kit.Dechunk("1\r\na\r\n0\r\n\r\nGET /", AtOnce);

        Assert.Equal((ChunkStatus.Complete, "a", 11), (status, data, used));
    }

    [Fact]
    public void LeavesTheFirstPayloadWhereItIs()
    {
        ChunkedDecoder decoder = new(Http1Limits.Default);
        byte[] input = Http1Kit.Bytes("5\r\nhello\r\n1\r\n!\r\n");

        ChunkStatus status = decoder.Decode(input, out int consumed, out int start, out int length);

        Assert.Equal((ChunkStatus.NeedMore, input.Length, 3, "hello!"), (status, consumed, start, Http1Kit.Text(input.AsSpan(start, length))));
    }

    [Theory]
    [InlineData("\r\n", RejectReason.InvalidChunkSize)]
    [InlineData("x\r\n", RejectReason.InvalidChunkSize)]
    [InlineData("0x5\r\nhello\r\n", RejectReason.InvalidChunkSize)]
    [InlineData("+5\r\n", RejectReason.InvalidChunkSize)]
    [InlineData(" 5\r\n", RejectReason.InvalidChunkSize)]
    [InlineData("5 x\r\n", RejectReason.InvalidChunkSize)]
    [InlineData("6_0\r\n", RejectReason.InvalidChunkSize)]
    [InlineData("7fffffffffffffff\r\n", RejectReason.InvalidChunkSize)]
    [InlineData("00000000000000005\r\n", RejectReason.InvalidChunkSize)]
    [InlineData("5\nhello", RejectReason.BareLineFeed)]
    [InlineData("5\rhello", RejectReason.BareCarriageReturn)]
    [InlineData("5;a\nhello", RejectReason.BareLineFeed)]
    [InlineData("5;a\rb\r\n", RejectReason.BareCarriageReturn)]
    [InlineData("5;a\0\r\n", RejectReason.InvalidChunkExtension)]
    [InlineData("5\r\nhelloxx\r\n", RejectReason.MissingChunkEnd)]
    [InlineData("5\r\nhello\n", RejectReason.MissingChunkEnd)]
    [InlineData("5\r\nhello\rx", RejectReason.MissingChunkEnd)]
    [InlineData("0\r\nA b: c\r\n\r\n", RejectReason.InvalidTrailer)]
    [InlineData("0\r\nA : c\r\n\r\n", RejectReason.InvalidTrailer)]
    [InlineData("0\r\n b\r\n\r\n", RejectReason.InvalidTrailer)]
    [InlineData("0\r\nA\r\n\r\n", RejectReason.InvalidTrailer)]
    [InlineData("0\r\nA: b\0\r\n\r\n", RejectReason.InvalidTrailer)]
    [InlineData("0\r\nA: b\rc\r\n\r\n", RejectReason.InvalidTrailer)]
    [InlineData("0\r\nA: b\n\r\n", RejectReason.BareLineFeed)]
    [InlineData("0\r\n\n", RejectReason.BareLineFeed)]
    public void Refuses_BadFraming(string raw, RejectReason reason)
    {
        foreach (Func<int, int> pieces in new[] { AtOnce, ByteByByte })
        {
            (ChunkStatus status, RejectReason told, _, _, _) = Http1Kit.Dechunk(raw, pieces);

            Assert.Equal((ChunkStatus.Rejected, reason), (status, told));
        }
    }

    [Fact]
    public void KeepsTrailers_ButForTheForbidden()
    {
        const string Raw = "0\r\nX-Sum: 1\r\nContent-Length: 9\r\nHost: evil\r\ntransfer_encoding: chunked\r\nAuthorization: x\r\nl5d-a: b\r\n\r\n";

        Assert.Equal("X-Sum: 1\r\nl5d-a: b\r\n", Http1Kit.Dechunk(Raw, AtOnce).Trailers);
        Assert.Equal("X-Sum: 1\r\nl5d-a: b\r\n", Http1Kit.Dechunk(Raw, ByteByByte).Trailers);
    }

    [Theory]
    [InlineData("1;aaaaaaaaaaaaaaaaaaaaa\r\n", RejectReason.ChunkLineTooLong)]
    [InlineData("1;aaaaaaaaaa\r\nx\r\n1;aaaaaaaaaa\r\nx\r\n1;aaaaaaaaaa\r\nx\r\n", RejectReason.ChunkLineTooLong)]
    [InlineData("0\r\nAAAAAAAAA: aaaaaaaaaaaaaaaaaaaaaaa\r\n", RejectReason.TrailersTooLarge)]
    [InlineData("0\r\nHost: a\r\nHost: b\r\nHost: c\r\nHost: d\r\n", RejectReason.TrailersTooLarge)]
    public void HoldsItsLimits(string raw, RejectReason reason)
    {
        Http1Limits limits = new() { MaxChunkLineBytes = 20, MaxChunkExtensionsTotalBytes = 30, MaxTrailerBytes = 30 };

        Assert.Equal((ChunkStatus.Rejected, reason), (Http1Kit.Dechunk(raw, AtOnce, limits).Status, Http1Kit.Dechunk(raw, AtOnce, limits).Reason));
        Assert.Equal(reason, Http1Kit.Dechunk(raw, ByteByByte, limits).Reason);
    }

    [Fact]
    public void TakesTheNextBody_AfterReset()
    {
        ChunkedDecoder decoder = new(Http1Limits.Default);
        decoder.Decode(Http1Kit.Bytes("zz"), out _, out _);

        decoder.Reset();
        byte[] input = Http1Kit.Bytes("1\r\na\r\n0\r\n\r\n");

        Assert.Equal(ChunkStatus.Complete, decoder.Decode(input, out _, out int length));
        Assert.Equal("a", Http1Kit.Text(input.AsSpan(0, length)));
    }
}
