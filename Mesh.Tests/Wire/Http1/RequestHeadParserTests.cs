using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Wire.Http1;

public sealed class RequestHeadParserTests
{
    [Fact]
    public void ReadsLineAndFields_InOrderAndCase()
    {
        RequestHead head = Http1Kit.Accepted("PURGE /a?b=c HTTP/1.1\r\nHost: x:80\r\nX-Mixed-Case: \t two words \t\r\nEmpty:\r\n\r\nrest");

        Assert.Equal(("PURGE", "/a?b=c", "x:80"), (Http1Kit.Text(head.MethodBytes), Http1Kit.Text(head.Target), Http1Kit.Text(head.Authority)));
        Assert.Equal(KnownMethod.Other, head.Method);
        Assert.Equal(
            ["Host=x:80", "X-Mixed-Case=two words", "Empty="],
            head.Fields.ToArray().Select(f => $"{Http1Kit.Text(head.Name(f))}={Http1Kit.Text(head.Value(f))}"));
        Assert.Equal((BodyFraming.None, true, (byte)1), (head.Framing, head.KeepAlive, head.MinorVersion));
        Assert.Equal("rest", Http1Kit.Text(head.Arena.AsSpan(head.End)));
    }

    [Theory]
    [InlineData("GET", KnownMethod.Get)]
    [InlineData("HEAD", KnownMethod.Head)]
    [InlineData("POST", KnownMethod.Post)]
    [InlineData("PUT", KnownMethod.Put)]
    [InlineData("DELETE", KnownMethod.Delete)]
    [InlineData("OPTIONS", KnownMethod.Options)]
    [InlineData("TRACE", KnownMethod.Trace)]
    [InlineData("PATCH", KnownMethod.Patch)]
    [InlineData("get", KnownMethod.Other)]
    public void KnowsMethods_ByTheirExactCase(string method, KnownMethod known) =>
        Assert.Equal(known, Http1Kit.Accepted($"{method} / HTTP/1.1\r\nHost: x\r\n\r\n").Method);

    [Theory]
    [InlineData("http://x:81/p?q", "x:81", "/p?q")]
    [InlineData("HTTPS://x", "x", "")]
    [InlineData("http://x?q", "x", "?q")]
    [InlineData("http://[::1]:8080/", "[::1]:8080", "/")]
    public void SplitsAbsoluteForm_AndIgnoresHost(string target, string authority, string path)
    {
        RequestHead head = Http1Kit.Accepted($"GET {target} HTTP/1.1\r\nHost: other\r\n\r\n");

        Assert.True(head.IsAbsoluteForm);
        Assert.Equal((authority, path), (Http1Kit.Text(head.Authority), Http1Kit.Text(head.Target)));
    }

    [Theory]
    [InlineData("", RejectReason.MissingHost)]
    [InlineData("Host: a\r\nHost: a\r\n", RejectReason.MultipleHosts)]
    [InlineData("Host: a, b\r\n", RejectReason.InvalidHost)]
    [InlineData("Host: a,b\r\n", RejectReason.InvalidHost)]
    [InlineData("Host: u@a\r\n", RejectReason.InvalidHost)]
    [InlineData("Host: a/b\r\n", RejectReason.InvalidHost)]
    [InlineData("Host: a:b\r\n", RejectReason.InvalidHost)]
    [InlineData("Host: :80\r\n", RejectReason.InvalidHost)]
    [InlineData("Host: a:123456\r\n", RejectReason.InvalidHost)]
    [InlineData("Host: [::1\r\n", RejectReason.InvalidHost)]
    [InlineData("Host: [x]\r\n", RejectReason.InvalidHost)]
    [InlineData("Host: a[::1]\r\n", RejectReason.InvalidHost)]
    [InlineData("Host: a%2\r\n", RejectReason.InvalidHost)]
    [InlineData("Host: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n", RejectReason.ConflictingContentLength)]
    [InlineData("Host: h\r\nContent-Length: 1, 2\r\n", RejectReason.ConflictingContentLength)]
    [InlineData("Host: h\r\nContent-Length: 5,\r\n", RejectReason.InvalidContentLength)]
    [InlineData("Host: h\r\nContent-Length:\r\n", RejectReason.InvalidContentLength)]
    [InlineData("Host: h\r\nContent-Length: +5\r\n", RejectReason.InvalidContentLength)]
    [InlineData("Host: h\r\nContent-Length: 0x5\r\n", RejectReason.InvalidContentLength)]
    [InlineData("Host: h\r\nContent-Length: 9223372036854775807\r\n", RejectReason.InvalidContentLength)]
    [InlineData("Host: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n", RejectReason.LengthAndTransferEncoding)]
    [InlineData("Host: h\r\nTransfer-Encoding: gzip, chunked\r\n", RejectReason.UnsupportedTransferCoding)]
    [InlineData("Host: h\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", RejectReason.UnsupportedTransferCoding)]
    [InlineData("Host: h\r\nTransfer-Encoding: chunked, gzip\r\n", RejectReason.InvalidTransferEncoding)]
    [InlineData("Host: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", RejectReason.InvalidTransferEncoding)]
    [InlineData("Host: h\r\nTransfer-Encoding: chunked,\r\n", RejectReason.InvalidTransferEncoding)]
    [InlineData("Host: h\r\nTransfer-Encoding: identity\r\n", RejectReason.InvalidTransferEncoding)]
    [InlineData("Host: h\r\nTransfer-Encoding:\r\n", RejectReason.InvalidTransferEncoding)]
    [InlineData("Host: h\r\nTransfer-Encoding: xchunked\r\n", RejectReason.InvalidTransferEncoding)]
    [InlineData("Host: h\r\nA : b\r\n", RejectReason.SpaceBeforeColon)]
    [InlineData("Host: h\r\nA b: c\r\n", RejectReason.InvalidFieldName)]
    [InlineData("Host: h\r\n: c\r\n", RejectReason.InvalidFieldName)]
    [InlineData("Host: h\r\nabc\r\n", RejectReason.MissingColon)]
    [InlineData("Host: h\r\nA: b\r\n c\r\n", RejectReason.ObsoleteFolding)]
    [InlineData(" A: b\r\nHost: h\r\n", RejectReason.ObsoleteFolding)]
    [InlineData("Host: h\r\nA: b\nC: d\r\n", RejectReason.BareLineFeed)]
    [InlineData("Host: h\r\nA: b\rC: d\r\n", RejectReason.BareCarriageReturn)]
    [InlineData("Host: h\r\nA: b\r\r\n", RejectReason.BareCarriageReturn)]
    [InlineData("Host: h\r\nA: b\0c\r\n", RejectReason.InvalidFieldValue)]
    [InlineData("Host: h\r\nA: b\u007f\r\n", RejectReason.InvalidFieldValue)]
    [InlineData("Host: h\r\nContent_Length: 5\r\n", RejectReason.FramingLookalike)]
    [InlineData("Host: h\r\ntransfer__ENCODING: chunked\r\n", RejectReason.FramingLookalike)]
    public void Refuses_BadFields(string fields, RejectReason reason) =>
        Assert.Equal((HeadStatus.Rejected, reason), Verdict($"POST / HTTP/1.1\r\n{fields}\r\n"));

    [Theory]
    [InlineData("GET  / HTTP/1.1", RejectReason.InvalidRequestLine)]
    [InlineData("GET /  HTTP/1.1", RejectReason.InvalidVersion)]
    [InlineData("GET / HTTP/1.1 ", RejectReason.InvalidRequestLine)]
    [InlineData("GET\t/ HTTP/1.1", RejectReason.InvalidRequestLine)]
    [InlineData("GET /a b HTTP/1.1", RejectReason.InvalidVersion)]
    [InlineData("GET /", RejectReason.MissingVersion)]
    [InlineData("G:T / HTTP/1.1", RejectReason.InvalidMethod)]
    [InlineData(" GET / HTTP/1.1", RejectReason.InvalidMethod)]
    [InlineData("GET / http/1.1", RejectReason.InvalidVersion)]
    [InlineData("GET / HTTP/11", RejectReason.InvalidVersion)]
    [InlineData("GET / HTTP/1.10", RejectReason.InvalidRequestLine)]
    [InlineData("GET / HTTP/2.0", RejectReason.UnsupportedVersion)]
    [InlineData("GET / HTTP/0.9", RejectReason.UnsupportedVersion)]
    [InlineData("GET /\t HTTP/1.1", RejectReason.InvalidTarget)]
    [InlineData("GET /\u0001 HTTP/1.1", RejectReason.InvalidTarget)]
    [InlineData("GET /a#b HTTP/1.1", RejectReason.InvalidTarget)]
    [InlineData("GET * HTTP/1.1", RejectReason.InvalidTarget)]
    [InlineData("GET a HTTP/1.1", RejectReason.InvalidTarget)]
    [InlineData("GET x:80 HTTP/1.1", RejectReason.InvalidTarget)]
    [InlineData("GET ftp://x/ HTTP/1.1", RejectReason.UnsupportedScheme)]
    [InlineData("GET http:///p HTTP/1.1", RejectReason.InvalidAuthority)]
    [InlineData("GET http://:80/p HTTP/1.1", RejectReason.InvalidAuthority)]
    [InlineData("GET http://u:p@x/p HTTP/1.1", RejectReason.UserInfoInTarget)]
    [InlineData("CONNECT x:443 HTTP/1.1", RejectReason.ConnectNotSupported)]
    [InlineData("GET /\rHTTP/1.1", RejectReason.BareCarriageReturn)]
    [InlineData("GET / HTTP/1.1\rA: b", RejectReason.BareCarriageReturn)]
    public void Refuses_BadRequestLines(string line, RejectReason reason) =>
        Assert.Equal((HeadStatus.Rejected, reason), Verdict($"{line}\r\nHost: x\r\n\r\n"));

    [Theory]
    [InlineData("\nGET / HTTP/1.1\r\n", RejectReason.BareLineFeed)]
    [InlineData("GET / HTTP/1.1\n", RejectReason.BareLineFeed)]
    [InlineData("\u0016\u0003\u0001", RejectReason.InvalidRequestLine)]
    [InlineData("GET /\r\n", RejectReason.MissingVersion)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\n", RejectReason.BareLineFeed)]
    [InlineData("\r\n\r\n\r\n", RejectReason.TooManyEmptyLines)]
    public void RefusesEarly_WhatCannotBecomeValid(string start, RejectReason reason) =>
        Assert.Equal((HeadStatus.Rejected, reason), Verdict(start));

    [Theory]
    [InlineData("")]
    [InlineData("\r")]
    [InlineData("\r\n\r\nGET")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r")]
    public void WaitsForMore_WhileTheHeadCanBecomeValid(string start) =>
        Assert.Equal((HeadStatus.NeedMore, RejectReason.None), Verdict(start));

    [Fact]
    public void HoldsItsLimits()
    {
        Http1Limits limits = new() { MaxHeadBytes = 100, MaxStartLineBytes = 40, MaxFields = 2 };
        string longLine = $"GET /{new string('a', 40)}";
        string longField = $"GET / HTTP/1.1\r\nHost: x\r\nA: {new string('a', 100)}";
        string many = "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\nC: d\r\n\r\n";

        Assert.Equal(RejectReason.StartLineTooLong, Http1Kit.Request(longLine, limits).Reason);
        Assert.Equal(RejectReason.StartLineTooLong, Http1Kit.Request($"{longLine} HTTP/1.1\r\nHost: x\r\n\r\n", limits).Reason);
        Assert.Equal(RejectReason.HeadTooLarge, Http1Kit.Request(longField, limits).Reason);
        Assert.Equal(RejectReason.HeadTooLarge, Http1Kit.Request($"{longField}\r\n\r\n", limits).Reason);
        Assert.Equal(RejectReason.TooManyFields, Http1Kit.Request(many, limits).Reason);
    }

    [Theory]
    [InlineData("HTTP/1.1\r\nHost: x\r\n", true)]
    [InlineData("HTTP/1.1\r\nHost: x\r\nConnection: foo, CLOSE\r\n", false)]
    [InlineData("HTTP/1.0\r\n", false)]
    [InlineData("HTTP/1.0\r\nConnection: Keep-Alive\r\n", true)]
    [InlineData("HTTP/1.0\r\nConnection: keep-alive, close\r\n", false)]
    public void KnowsWhetherTheClientStays(string rest, bool keepAlive) =>
        Assert.Equal(keepAlive, Http1Kit.Accepted($"GET / {rest}\r\n").KeepAlive);

    [Fact]
    public void ReadsOffers_InHttp11Only()
    {
        const string Fields = "Host: x\r\nConnection: Upgrade, TE\r\nUpgrade: websocket\r\nTE: gzip, Trailers\r\nExpect: 100-Continue\r\n\r\n";

        RequestHead modern = Http1Kit.Accepted("GET / HTTP/1.1\r\n" + Fields);
        RequestHead old = Http1Kit.Accepted("GET / HTTP/1.0\r\n" + Fields);

        Assert.True(modern is { OffersUpgrade: true, AcceptsTrailers: true, ExpectsContinue: true });
        Assert.True(old is { OffersUpgrade: false, AcceptsTrailers: false, ExpectsContinue: false });
    }

    [Fact]
    public void LimitsConnectionOptions()
    {
        string head = $"GET / HTTP/1.1\r\nHost: x\r\nConnection: {string.Concat(Enumerable.Repeat("a,", 40))}\r\n\r\n";

        Assert.Equal((HeadStatus.Rejected, RejectReason.TooManyConnectionOptions), Verdict(head));
    }

    [Fact]
    public void GoesOn_AfterItsBytesMoved()
    {
        byte[] raw = Http1Kit.Bytes("GET /path HTTP/1.1\r\nHost: x\r\n\r\n");
        byte[] arena = new byte[100];
        RequestHead head = new();
        raw.AsSpan(0, 30).CopyTo(arena);
        int scanned = 0;
        HeadStatus first = RequestHeadParser.Parse(arena, 0, 30, ref scanned, head, Http1Limits.Default, out _);

        raw.CopyTo(arena, 50);
        scanned += 50;
        HeadStatus second = RequestHeadParser.Parse(arena, 50, 50 + raw.Length, ref scanned, head, Http1Limits.Default, out _);

        Assert.Equal((HeadStatus.NeedMore, HeadStatus.Complete), (first, second));
        Assert.Equal(("/path", "x", 50 + raw.Length), (Http1Kit.Text(head.Target), Http1Kit.Text(head.Authority), head.End));
    }

    [Fact]
    public void CollapsesEqualLengths()
    {
        RequestHead head = Http1Kit.Accepted("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 05\r\nContent-Length: 5\r\n\r\n");

        Assert.Equal((BodyFraming.Length, 5L), (head.Framing, head.ContentLength));
    }

    private static (HeadStatus Status, RejectReason Reason) Verdict(string raw)
    {
        (HeadStatus status, RejectReason reason, _) = Http1Kit.Request(raw);
        return (status, reason);
    }
}
