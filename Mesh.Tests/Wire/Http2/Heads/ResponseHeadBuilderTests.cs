using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Heads;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Heads;

public sealed class ResponseHeadBuilderTests
{
    [Theory]
    [InlineData(":status: 200\nserver: x", false, "HTTP/1.1 200 OK\r\nserver: x\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData(":status: 200\nserver: x", true, "HTTP/1.1 200 OK\r\nserver: x\r\nContent-Length: 0\r\n\r\n")]
    [InlineData(":status: 404\ncontent-length: 7", false, "HTTP/1.1 404 Not Found\r\ncontent-length: 7\r\n\r\n")]
    [InlineData(":status: 299", true, "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n")]
    [InlineData(":status: 204", true, "HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData(":status: 304\ncontent-length: 7", true, "HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n")]
    [InlineData(":status: 103\nlink: </a>", false, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")]
    public void MakesTheHeadThatHttp1WouldSend(string fields, bool endStream, string expected)
    {
        Assert.Equal(RejectReason.None, HeadKit.Response(fields, out ResponseHead head, endStream: endStream));
        Assert.Equal(expected, HeadKit.Http1(head));
    }

    [Fact]
    public void HasNoBody_WhenHeadWasAsked()
    {
        RejectReason reason = HeadKit.Response(":status: 200\ncontent-length: 7", out ResponseHead head, KnownMethod.Head, endStream: true);

        Assert.Equal(RejectReason.None, reason);
        Assert.True(head is { Framing: BodyFraming.None, ContentLength: 7 });
    }

    [Theory]
    [InlineData("server: x", false, RejectReason.MissingPseudoField)]
    [InlineData(":status: 200\n:status: 200", false, RejectReason.InvalidPseudoField)]
    [InlineData(":status: 200\n:path: /", false, RejectReason.InvalidPseudoField)]
    [InlineData("a: b\n:status: 200", false, RejectReason.MissingPseudoField)]
    [InlineData(":status: 20", false, RejectReason.InvalidStatus)]
    [InlineData(":status: 2000", false, RejectReason.InvalidStatus)]
    [InlineData(":status: +20", false, RejectReason.InvalidStatus)]
    [InlineData(":status: 099", false, RejectReason.InvalidStatus)]
    [InlineData(":status: 600", false, RejectReason.InvalidStatus)]
    [InlineData(":status: 101", false, RejectReason.InvalidStatus)]
    [InlineData(":status: 100", true, RejectReason.InterimEndsStream)]
    [InlineData(":status: 103\ncontent-length: 1", false, RejectReason.BodyOnInterim)]
    [InlineData(":status: 200\ncontent-length: 1", true, RejectReason.ContentLengthMismatch)]
    [InlineData(":status: 200\nconnection: close", false, RejectReason.ConnectionSpecificField)]
    [InlineData(":status: 200\ntransfer-encoding: chunked", false, RejectReason.ConnectionSpecificField)]
    [InlineData(":status: 200\nServer: x", false, RejectReason.UppercaseFieldName)]
    public void Refuses(string fields, bool endStream, RejectReason expected) =>
        Assert.Equal(expected, HeadKit.Response(fields, out _, endStream: endStream));

    [Fact]
    public void TakesTrailers_WithoutThoseThatMustNotBe()
    {
        TrailerSection section = new();
        TrailerSink sink = new(section);

        sink.Field("grpc-status"u8, "0"u8, false);
        sink.Field("content-length"u8, "5"u8, false);
        sink.Field("grpc-message"u8, ""u8, false);

        Assert.Equal(RejectReason.None, sink.Reason);
        Assert.Equal("grpc-status:0\r\ngrpc-message:\r\n", HeadKit.Text(section.Lines));
    }

    [Theory]
    [InlineData(":status", "200", RejectReason.InvalidFieldName)]
    [InlineData("A", "b", RejectReason.UppercaseFieldName)]
    [InlineData("a", "b\r\nc: d", RejectReason.InvalidFieldValue)]
    [InlineData("connection", "x", RejectReason.ConnectionSpecificField)]
    public void RefusesTrailers(string name, string value, RejectReason expected)
    {
        TrailerSink sink = new(new TrailerSection());

        sink.Field(HeadKit.Bytes(name), HeadKit.Bytes(value), false);

        Assert.Equal(expected, sink.Reason);
    }
}
