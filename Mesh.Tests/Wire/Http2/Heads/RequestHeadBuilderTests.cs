using System.Text;
using Mesh.Tests.Wire.Http1;
using Mesh.Tests.Wire.Http2.Hpack;
using Mesh.Wire;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Heads;

public sealed class RequestHeadBuilderTests
{
    [Theory]
    [InlineData(HeadKit.Get, "GET /pets?x=1 HTTP/1.1\r\nhost: example.com\r\n\r\n")]
    [InlineData(HeadKit.Get + "\nhost: EXAMPLE.com\nx-a: b\nx-c", "GET /pets?x=1 HTTP/1.1\r\nhost: example.com\r\nx-a: b\r\nx-c: \r\n\r\n")]
    [InlineData(":path: /\n:scheme: http\n:method: GET\nhost: h:80\na: b", "GET / HTTP/1.1\r\nhost: h:80\r\na: b\r\n\r\n")]
    [InlineData(":method: GET\n:scheme: http\n:path: /\na: b", "GET / HTTP/1.1\r\nHost:\r\na: b\r\n\r\n")]
    [InlineData(":method: OPTIONS\n:scheme: http\n:path: *", "OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n")]
    [InlineData(":method: OPTIONS\n:scheme: http\n:authority: a\n:path: *", "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n")]
    [InlineData(HeadKit.Get + "\ncookie: a=b\nx: y\ncookie: c=d", "GET /pets?x=1 HTTP/1.1\r\nhost: example.com\r\nx: y\r\ncookie: a=b; c=d\r\n\r\n")]
    [InlineData(HeadKit.Get + "\ncookie: a=b\ncookie\ncookie: c=d\ncookie",
        "GET /pets?x=1 HTTP/1.1\r\nhost: example.com\r\ncookie: a=b; c=d\r\n\r\n")]
    [InlineData(
        HeadKit.Get + "\nte: trailers\nx: y",
        "GET /pets?x=1 HTTP/1.1\r\nhost: example.com\r\nx: y\r\nTE: trailers\r\nConnection: TE\r\n\r\n")]
    [InlineData(HeadKit.Get + "\ncontent-length: 0", "GET /pets?x=1 HTTP/1.1\r\nhost: example.com\r\ncontent-length: 0\r\n\r\n")]
    public void MakesTheHeadThatHttp1WouldSend(string fields, string expected)
    {
        Assert.Equal(RejectReason.None, HeadKit.Request(HeadKit.Fields(fields), out RequestHead head));
        Assert.Equal(expected, HeadKit.Http1(head));
    }

    [Theory]
    [InlineData("GET / HTTP/1.0\r\nX: y\r\n\r\n", "")]
    [InlineData("GET / HTTP/1.1\r\nHost:\r\nX: y\r\n\r\n", "")]
    [InlineData("GET / HTTP/1.1\r\nHost: \r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "websocket")]
    public void RequestThatNamesNobody_IsTakenAsAnotherNodeSendsIt(string http1, string protocol)
    {
        List<TextField> sent = HeadKit.Http2(Http1Kit.Accepted(http1), new HeadEdits(), protocol);

        Assert.Equal(RejectReason.None, HeadKit.Request(sent, out RequestHead head));
        Assert.DoesNotContain(sent, static field => field.Name is ":authority" or "host");
        Assert.True(head.Authority.IsEmpty && !head.Has(KnownField.Host));
        Assert.StartsWith("GET / HTTP/1.1\r\nHost:\r\n", HeadKit.Http1(head), StringComparison.Ordinal);
        Assert.DoesNotContain(HeadKit.Http2(head, new HeadEdits(), protocol), static field => field.Name is ":authority" or "host");
    }

    [Fact]
    public void TellsWhatRoutingReads()
    {
        TextField[] fields = HeadKit.Fields(HeadKit.Get + "\nexpect: 100-continue\nl5d-dtab: /a=>/b");

        RejectReason reason = HeadKit.Request(fields, out RequestHead head, endStream: false);

        Assert.Equal(RejectReason.None, reason);
        Assert.Equal(("GET", "/pets?x=1"), (HeadKit.Text(head.MethodBytes), HeadKit.Text(head.Target)));
        Assert.Equal(("example.com", "https"), (HeadKit.Text(head.Authority), HeadKit.Text(head.Scheme)));
        Assert.True(head is { Method: KnownMethod.Get, Framing: BodyFraming.Chunked, ExpectsContinue: true, KeepAlive: true, MinorVersion: 1 });
        Assert.True(head.Has(KnownField.Linkerd) && head.Has(KnownField.Host) && head.Protocol.IsEmpty);
    }

    [Fact]
    public void TakesAnExtendedConnect_AsAnOfferToUpgrade()
    {
        string fields = ":method: CONNECT\n:protocol: websocket\n:scheme: https\n:path: /chat\n:authority: a.b\nsec-websocket-version: 13";

        RejectReason reason = HeadKit.Request(HeadKit.Fields(fields), out RequestHead head, endStream: false);

        Assert.Equal(RejectReason.None, reason);
        Assert.True(head is { Method: KnownMethod.Get, OffersUpgrade: true, Framing: BodyFraming.None });
        Assert.Equal("websocket", HeadKit.Text(head.Protocol));
        Assert.Equal("GET /chat HTTP/1.1\r\nhost: a.b\r\nsec-websocket-version: 13\r\n\r\n", HeadKit.Http1(head));
        Assert.Equal(
            ":method: CONNECT\n:scheme: https\n:authority: a.b\n:path: /chat\n:protocol: websocket\nsec-websocket-version: 13",
            HpackKit.Show(HeadKit.Http2(head, new HeadEdits(), "websocket")));
    }

    [Theory]
    [InlineData(":method: GET\n:scheme: http\n:authority: a", RejectReason.MissingPseudoField)]
    [InlineData(":method: GET\n:path: /\n:authority: a", RejectReason.MissingPseudoField)]
    [InlineData(":scheme: http\n:path: /\n:authority: a", RejectReason.MissingPseudoField)]
    [InlineData(":method: GET\n:scheme: http\n:path: /\nhost", RejectReason.InvalidHost)]
    [InlineData(":method: GET\n:scheme: http\n:path: /\nhost: a\nhost: a", RejectReason.MultipleHosts)]
    [InlineData(":method: GET\n:scheme: http\n:path: /\nhost: a b", RejectReason.InvalidHost)]
    [InlineData(HeadKit.Get + "\nhost: other", RejectReason.AuthorityMismatch)]
    [InlineData(HeadKit.Get + "\n:path: /", RejectReason.InvalidPseudoField)]
    [InlineData(HeadKit.Get + "\n:status: 200", RejectReason.InvalidPseudoField)]
    [InlineData(HeadKit.Get + "\n:unknown: x", RejectReason.InvalidPseudoField)]
    [InlineData(HeadKit.Get + "\n:", RejectReason.InvalidPseudoField)]
    [InlineData(HeadKit.Get + "\n:protocol: websocket", RejectReason.InvalidPseudoField)]
    [InlineData(":method: GET\n:scheme: http\na: b\n:path: /\n:authority: a", RejectReason.MissingPseudoField)]
    [InlineData(HeadKit.Get + "\na: b\n:scheme: http", RejectReason.InvalidPseudoField)]
    [InlineData(":method: CONNECT\n:authority: a:1", RejectReason.ConnectNotSupported)]
    [InlineData(":method: CONNECT\n:authority: a:1\n:path: /", RejectReason.InvalidPseudoField)]
    [InlineData(":method: CONNECT\n:protocol: websocket\n:authority: a:1", RejectReason.MissingPseudoField)]
    [InlineData(":method: CONNECT", RejectReason.MissingPseudoField)]
    [InlineData(":method: G T\n:scheme: http\n:path: /\n:authority: a", RejectReason.InvalidMethod)]
    [InlineData(":method: \n:scheme: http\n:path: /\n:authority: a", RejectReason.InvalidMethod)]
    [InlineData(":method: GET\n:scheme: ftp\n:path: /\n:authority: a", RejectReason.UnsupportedScheme)]
    [InlineData(":method: GET\n:scheme: http\n:path: \n:authority: a", RejectReason.InvalidTarget)]
    [InlineData(":method: GET\n:scheme: http\n:path: x\n:authority: a", RejectReason.InvalidTarget)]
    [InlineData(":method: GET\n:scheme: http\n:path: *\n:authority: a", RejectReason.InvalidTarget)]
    [InlineData(":method: GET\n:scheme: http\n:path: http://b/\n:authority: a", RejectReason.InvalidTarget)]
    [InlineData(":method: GET\n:scheme: http\n:path: / HTTP/1.1\r\tx\n:authority: a", RejectReason.InvalidTarget)]
    [InlineData(":method: GET\n:scheme: http\n:path: /#f\n:authority: a", RejectReason.InvalidTarget)]
    [InlineData(":method: GET\n:scheme: http\n:path: /\n:authority: u@a", RejectReason.UserInfoInTarget)]
    [InlineData(":method: GET\n:scheme: http\n:path: /\n:authority: ", RejectReason.InvalidAuthority)]
    [InlineData(":method: GET\n:scheme: http\n:path: /\n:authority: a/b", RejectReason.InvalidAuthority)]
    [InlineData(HeadKit.Get + "\nX-A: b", RejectReason.UppercaseFieldName)]
    [InlineData(HeadKit.Get + "\nx a: b", RejectReason.InvalidFieldName)]
    [InlineData(HeadKit.Get + "\n", RejectReason.InvalidFieldName)]
    [InlineData(HeadKit.Get + "\nx:: b", RejectReason.InvalidFieldName)]
    [InlineData(HeadKit.Get + "\nx:  b", RejectReason.InvalidFieldValue)]
    [InlineData(HeadKit.Get + "\nx: b\t", RejectReason.InvalidFieldValue)]
    [InlineData(HeadKit.Get + "\nx: a\rb", RejectReason.InvalidFieldValue)]
    [InlineData(HeadKit.Get + "\nx: a\0b", RejectReason.InvalidFieldValue)]
    [InlineData(HeadKit.Get + "\nconnection: close", RejectReason.ConnectionSpecificField)]
    [InlineData(HeadKit.Get + "\nkeep-alive: x", RejectReason.ConnectionSpecificField)]
    [InlineData(HeadKit.Get + "\nproxy-connection: x", RejectReason.ConnectionSpecificField)]
    [InlineData(HeadKit.Get + "\ntransfer-encoding: chunked", RejectReason.ConnectionSpecificField)]
    [InlineData(HeadKit.Get + "\nupgrade: h2c", RejectReason.ConnectionSpecificField)]
    [InlineData(HeadKit.Get + "\nte: gzip", RejectReason.ConnectionSpecificField)]
    [InlineData(HeadKit.Get + "\ntransfer_encoding: chunked", RejectReason.FramingLookalike)]
    [InlineData(HeadKit.Get + "\ncontent-length: 5", RejectReason.ContentLengthMismatch)]
    [InlineData(HeadKit.Get + "\ncontent-length: +0", RejectReason.InvalidContentLength)]
    [InlineData(HeadKit.Get + "\ncontent-length: 0\ncontent-length: 1", RejectReason.ConflictingContentLength)]
    public void Refuses(string fields, RejectReason expected) => Assert.Equal(expected, HeadKit.Request(HeadKit.Fields(fields), out _));

    [Fact]
    public void RefusesALineFeed_WhereverItStands()
    {
        TextField[] good = HeadKit.Fields(HeadKit.Get + "\nx-a: b");

        for (int i = 0; i < good.Length; i++)
        {
            TextField[] name = [.. good], value = [.. good];
            name[i] = good[i] with { Name = good[i].Name + "\n" };
            value[i] = good[i] with { Value = good[i].Value + "\nx" };

            Assert.NotEqual(RejectReason.None, HeadKit.Request(name, out _));
            Assert.NotEqual(RejectReason.None, HeadKit.Request(value, out _));
        }
    }

    /// <summary>Whatever a client packs into fields: what is taken is one request of HTTP/1 that says the same.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(20261121)]
    public void CannotSmuggle_WhateverIsMutated(ulong seed)
    {
        SplitMix64 random = new(seed);
        int taken = 0;
        for (int round = 0; round < 30_000; round++)
        {
            List<TextField> fields = [.. HeadKit.Fields(HeadKit.Get + "\nx-a: b\ncookie: c\ncontent-length: 0\nte: trailers\nvia: x")];
            for (int edits = random.Next(4); edits > 0; edits--) Mutate(fields, ref random);
            if (HeadKit.Request(fields, out RequestHead head, random.Next(2) == 0) != RejectReason.None) continue;
            taken++;
            string wire = HeadKit.Http1(head);

            RequestHead parsed = HeadKit.ParseRequest(wire);

            Assert.Equal(HeadKit.Text(head.Target), HeadKit.Text(parsed.Target));
            Assert.Equal(HeadKit.Text(head.Authority), HeadKit.Text(parsed.Authority));
            Assert.True(head.Framing == parsed.Framing && head.ContentLength == parsed.ContentLength, wire);
            Assert.Equal(Lines(head), Lines(parsed));
        }

        Assert.InRange(taken, 1000, 30_000);
    }

    /// <summary>All that travels on; repeats of Content-Length collapse to what the framing says, and an empty Host says no more than none.</summary>
    private static string Lines(RequestHead head)
    {
        StringBuilder text = new();
        foreach (Field field in head.Fields)
        {
            if (field.HopByHop || field.Known == KnownField.ContentLength || field is { Known: KnownField.Host, ValueLength: 0 }) continue;
            text.Append(HeadKit.Text(head.Name(field))).Append(": ").Append(HeadKit.Text(head.Value(field))).Append('\n');
        }

        return text.ToString();
    }

    private static void Mutate(List<TextField> fields, ref SplitMix64 random)
    {
        const string Nasty = "\r\n\0 \t:,;#@/%_[]09aX\u007f\u00ff*-";
        int at = random.Next(fields.Count);
        TextField field = fields[at];
        string nasty = Nasty[random.Next(Nasty.Length)].ToString();
        switch (random.Next(5))
        {
            case 0: fields.RemoveAt(at); break;
            case 1: fields.Insert(random.Next(fields.Count), field); break;
            case 2: fields[at] = field with { Value = fields[random.Next(fields.Count)].Value }; break;
            case 3: fields[at] = field with { Name = field.Name.Insert(random.Next(field.Name.Length + 1), nasty) }; break;
            default: fields[at] = field with { Value = field.Value.Insert(random.Next(field.Value.Length + 1), nasty) }; break;
        }

        if (fields.Count == 0) fields.Add(field);
    }
}
