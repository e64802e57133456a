using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Wire.Http1;

public sealed class ResponseHeadParserTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK", 200, "OK")]
    [InlineData("HTTP/1.1 404 Not Found", 404, "Not Found")]
    [InlineData("HTTP/1.1 301", 301, "")]
    [InlineData("HTTP/1.1 200 ", 200, "")]
    [InlineData("HTTP/1.1 200  OK", 200, " OK")]
    [InlineData("HTTP/1.0 599 caf\u00e9", 599, "caf\u00e9")]
    public void ReadsStatusLines(string line, int status, string phrase)
    {
        ResponseHead head = Http1Kit.AcceptedResponse($"{line}\r\n\r\n");

        Assert.Equal((status, phrase), (head.Status, Http1Kit.Text(head.Reason)));
    }

    [Theory]
    [InlineData("HTTP/1.1  200 OK", RejectReason.InvalidStatusLine)]
    [InlineData("HTTP/1.1\t200 OK", RejectReason.InvalidStatusLine)]
    [InlineData("HTTP/1.1 20 OK", RejectReason.InvalidStatusLine)]
    [InlineData("HTTP/1.1 2000 OK", RejectReason.InvalidStatusLine)]
    [InlineData("HTTP/1.1 099 OK", RejectReason.InvalidStatus)]
    [InlineData("HTTP/1.1 600 OK", RejectReason.InvalidStatus)]
    [InlineData("HTTP/2.0 200 OK", RejectReason.UnsupportedVersion)]
    [InlineData("HTTP/0.9 200 OK", RejectReason.UnsupportedVersion)]
    [InlineData("HTTPS/1.1 200 OK", RejectReason.InvalidStatusLine)]
    [InlineData("HTTP/1.1 200 OK\rA: b", RejectReason.BareCarriageReturn)]
    [InlineData("HTTP/1.1 200 O\0K", RejectReason.InvalidStatusLine)]
    [InlineData("HTTP/1.1 200 OK\nA: b", RejectReason.BareLineFeed)]
    [InlineData("<html>", RejectReason.InvalidStatusLine)]
    public void Refuses_BadStatusLines(string line, RejectReason reason)
    {
        (HeadStatus status, RejectReason told, _) = Http1Kit.Response($"{line}\r\nServer: x\r\n\r\n");

        Assert.Equal((HeadStatus.Rejected, reason), (status, told));
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("h")]
    [InlineData("HTTP/1.1 200 OK\n")]
    public void RefusesEarly_WhatIsNoResponse(string start) => Assert.Equal(HeadStatus.Rejected, Http1Kit.Response(start).Status);

    [Theory]
    [InlineData("200", "Content-Length: 5\r\n", KnownMethod.Get, BodyFraming.Length, 5)]
    [InlineData("200", "Content-Length: 5\r\n", KnownMethod.Head, BodyFraming.None, 5)]
    [InlineData("304", "Content-Length: 5\r\n", KnownMethod.Get, BodyFraming.None, 5)]
    [InlineData("204", "Content-Length: 0\r\n", KnownMethod.Get, BodyFraming.None, -1)]
    [InlineData("100", "", KnownMethod.Post, BodyFraming.None, -1)]
    [InlineData("200", "Transfer-Encoding: Chunked\r\n", KnownMethod.Get, BodyFraming.Chunked, -1)]
    [InlineData("200", "Transfer-Encoding: chunked\r\n", KnownMethod.Head, BodyFraming.None, -1)]
    [InlineData("200", "", KnownMethod.Get, BodyFraming.UntilClose, -1)]
    public void TellsTheEndOfTheBody(string status, string fields, KnownMethod method, BodyFraming framing, long length)
    {
        ResponseHead head = Http1Kit.AcceptedResponse($"HTTP/1.1 {status} X\r\n{fields}\r\n", method);

        Assert.Equal((framing, length), (head.Framing, head.ContentLength));
    }

    [Theory]
    [InlineData("200", "Transfer-Encoding: gzip\r\n", RejectReason.InvalidTransferEncoding)]
    [InlineData("200", "Transfer-Encoding: gzip, chunked\r\n", RejectReason.UnsupportedTransferCoding)]
    [InlineData("200", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", RejectReason.LengthAndTransferEncoding)]
    [InlineData("200", "Content-Length: 5\r\nContent-Length: 6\r\n", RejectReason.ConflictingContentLength)]
    [InlineData("200", "A: b\r\n c\r\n", RejectReason.ObsoleteFolding)]
    [InlineData("101", "Content-Length: 4\r\n", RejectReason.BodyOnInterim)]
    [InlineData("103", "Transfer-Encoding: chunked\r\n", RejectReason.BodyOnInterim)]
    public void Refuses_AmbiguousFraming(string status, string fields, RejectReason reason) =>
        Assert.Equal(reason, Http1Kit.Response($"HTTP/1.1 {status} X\r\n{fields}\r\n").Reason);

    [Theory]
    [InlineData("HTTP/1.1 200 X\r\nContent-Length: 0\r\n", true)]
    [InlineData("HTTP/1.1 200 X\r\nContent-Length: 0\r\nConnection: close\r\n", false)]
    [InlineData("HTTP/1.1 200 X\r\n", false)]
    [InlineData("HTTP/1.1 204 X\r\n", true)]
    [InlineData("HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n", false)]
    [InlineData("HTTP/1.0 200 X\r\nContent-Length: 0\r\n", false)]
    [InlineData("HTTP/1.0 200 X\r\nContent-Length: 0\r\nConnection: keep-alive\r\n", true)]
    [InlineData("HTTP/1.0 200 X\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n", false)]
    public void KnowsWhetherTheBackendCanBeUsedAgain(string head, bool keepAlive) =>
        Assert.Equal(keepAlive, Http1Kit.AcceptedResponse($"{head}\r\n").KeepAlive);
}
