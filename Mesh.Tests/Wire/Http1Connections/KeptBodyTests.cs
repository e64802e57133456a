using System.Globalization;
using System.Text;
using Mesh.Tests.Wire.Http1;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Wire.Http1Connections;

/// <summary>Bodies that are read again for another attempt.</summary>
public sealed class KeptBodyTests : IDisposable
{
    private const int Limit = 10;
    private const string Chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    private readonly ManualLoop _loop = new();
    private readonly FakeTransport _transport;
    private readonly Http1ServerConnection _connection;

    public KeptBodyTests()
    {
        _transport = new FakeTransport(_loop);
        _connection = new Http1ServerConnection(_transport, new ServerConnectionOptions());
    }

    [Theory]
    [InlineData(1, false, true)]
    [InlineData(Limit, false, true)]
    [InlineData(Limit + 1, false, false)]
    [InlineData(1, true, true)]
    [InlineData(Limit, true, true)]
    [InlineData(Limit + 1, true, false)]
    public void BodyOfAtMostTheLimit_CanBeReadAgain(int bytes, bool chunked, bool again)
    {
        string body = new('b', bytes);
        Arrive(chunked ? Chunked : Sized(bytes));
        _connection.KeepBody(Limit);
        foreach (char each in body) _transport.Deliver(chunked ? $"1\r\n{each}\r\n" : $"{each}");
        if (chunked) _transport.Deliver("0\r\n\r\n");
        Assert.Equal((body, BodyStatus.Last), Read());

        Assert.Equal(again, _connection.CanRewindBody);
        Assert.Equal(again, _connection.TryRewindBody());

        if (again) Assert.Equal((body, BodyStatus.Last), Read());
        Assert.True(_connection.IsBodyRead);
    }

    [Fact]
    public void LimitCounts_WhatCameWithTheHeadToo()
    {
        Arrive(Sized(11) + "hello");
        _connection.KeepBody(Limit);
        _transport.Deliver(" world");

        Assert.Equal(("hello world", BodyStatus.Last), Read());

        Assert.False(_connection.TryRewindBody());
    }

    [Fact]
    public void BodyThatCameWholeWithItsHead_IsGivenAgainFromWhereItLies()
    {
        Arrive(Chunked + "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 42\r\n\r\n");
        _connection.KeepBody(1);
        Assert.True(_connection.TryReadBody(out BodyRead first));

        Assert.True(_connection.TryRewindBody());
        Assert.True(_connection.TryReadBody(out BodyRead second));

        Assert.Same(first.Buffer, second.Buffer);
        Assert.Equal(("hello world", BodyStatus.Last), (Http1Kit.Text(second.Payload), second.Status));
        Assert.Equal("X-Sum: 42\r\n", Http1Kit.Text(_connection.Trailers!.Lines));
    }

    [Fact]
    public void BodyNobodyAskedToKeep_IsSentOnce()
    {
        Arrive(Sized(5) + "he");
        _transport.Deliver("llo");
        Assert.Equal(("hello", BodyStatus.Last), Read());

        Assert.False(_connection.TryRewindBody());
    }

    [Theory]
    [InlineData("5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 42\r\n\r\n")]
    [InlineData("5\r\nhello\r\n6\r\n world\r\n", "0\r\nX-Sum: 42\r\n\r\n")]
    [InlineData("5\r\nhel", "lo\r\n6\r\n worl", "d\r\n0\r\nX-Sum", ": 42\r\n\r\n")]
    public void ChunkedBody_IsReadAgainWithItsTrailers(params string[] pieces)
    {
        Arrive(Chunked + pieces[0]);
        _connection.KeepBody(100);
        foreach (string piece in pieces[1..]) _transport.Deliver(piece);

        for (int attempt = 0; attempt < 3; attempt++)
        {
            Assert.Equal(("hello world", BodyStatus.Last), Read());
            Assert.Equal("X-Sum: 42\r\n", Http1Kit.Text(_connection.Trailers!.Lines));
            Assert.True(_connection.TryRewindBody());
        }
    }

    [Fact]
    public void EmptyChunkedBody_IsReadAgain()
    {
        Arrive(Chunked);
        _connection.KeepBody(Limit);
        _transport.Deliver("0\r\n\r\n");
        Assert.Equal(("", BodyStatus.Last), Read());

        Assert.True(_connection.TryRewindBody());

        Assert.Equal(("", BodyStatus.Last), Read());
    }

    [Fact]
    public void BodyThatIsCancelledHalfWay_GoesOnInTheNextAttempt()
    {
        Arrive(Sized(10) + "he");
        _connection.KeepBody(Limit);
        _transport.Deliver("llo");
        Assert.Equal("he", Http1Kit.Text(_connection.ReadBodyAsync().Now().Payload));
        Assert.Equal("llo", Http1Kit.Text(_connection.ReadBodyAsync().Now().Payload));
        ValueTask<BodyRead> waiting = _connection.ReadBodyAsync();

        _connection.CancelBodyRead();
        Assert.Equal(BodyStatus.Cancelled, waiting.Now().Status);
        Assert.Equal(BodyStatus.Cancelled, _connection.ReadBodyAsync().Now().Status);
        _transport.Deliver("wor");
        Assert.True(_connection.TryRewindBody());

        Assert.Equal("he", Http1Kit.Text(_connection.ReadBodyAsync().Now().Payload));
        Assert.Equal("llo", Http1Kit.Text(_connection.ReadBodyAsync().Now().Payload));
        Assert.Equal("wor", Http1Kit.Text(_connection.ReadBodyAsync().Now().Payload));
        ValueTask<BodyRead> rest = _connection.ReadBodyAsync();
        Assert.False(rest.IsCompleted);
        _transport.Deliver("ld");
        BodyRead last = rest.Now();
        Assert.Equal(("ld", BodyStatus.Last), (Http1Kit.Text(last.Payload), last.Status));
    }

    [Fact]
    public void BodyOfWhichNothingWasRead_CanAlwaysBeginAgain()
    {
        Arrive(Sized(5));
        ValueTask<BodyRead> waiting = _connection.ReadBodyAsync();
        _connection.CancelBodyRead();
        Assert.Equal(BodyStatus.Cancelled, waiting.Now().Status);

        Assert.True(_connection.TryRewindBody());
        _transport.Deliver("hello");

        Assert.Equal(("hello", BodyStatus.Last), Read());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ClientThatLeftHalfWay_StaysGone(bool reset)
    {
        Arrive(Sized(10));
        _connection.KeepBody(Limit);
        _transport.Deliver("hello");
        Assert.Equal("hello", Http1Kit.Text(_connection.ReadBodyAsync().Now().Payload));
        ValueTask<BodyRead> waiting = _connection.ReadBodyAsync();

        if (reset) _transport.Reset();
        else _transport.End();

        Assert.Equal(BodyStatus.Broken, waiting.Now().Status);
        Assert.False(_connection.CanRewindBody);
        Assert.False(_connection.TryRewindBody());
    }

    [Fact]
    public void BodyThatTurnsOutMalformed_IsNotReadAgain()
    {
        Arrive(Chunked + "5\r\nhello\r\n");
        _connection.KeepBody(Limit);
        _transport.Deliver("zz\r\n");

        Assert.Equal(("hello", BodyStatus.Rejected), Read());

        Assert.False(_connection.TryRewindBody());
    }

    [Fact]
    public void TwoRetries_EachReadFurtherThanTheOneBefore()
    {
        Arrive(Sized(9));
        _connection.KeepBody(Limit);
        string got = "";
        foreach (string piece in new[] { "abc", "def", "ghi" })
        {
            _transport.Deliver(piece);
            got += piece;
            (string text, BodyStatus status) = Read();

            Assert.Equal((got, got.Length == 9 ? BodyStatus.Last : BodyStatus.Cancelled), (text, status));
            Assert.True(_connection.TryRewindBody());
        }

        Assert.Equal(("abcdefghi", BodyStatus.Last), Read());
    }

    [Theory]
    [InlineData(100)]
    [InlineData(2)]
    public void NextRequest_IsIntactAfterwards(int limit)
    {
        Arrive(Chunked);
        _connection.KeepBody(limit);
        _transport.Deliver("5\r\nhello\r\n0\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(("hello", BodyStatus.Last), Read());
        if (_connection.TryRewindBody()) Assert.Equal(("hello", BodyStatus.Last), Read());

        _connection.WriteLocal(200, "OK"u8, default, default, false);
        Assert.True(_connection.FlushAsync().Now());

        Assert.Equal(RequestArrival.Request, _connection.NextRequestAsync().Now());
        Assert.Equal("/next", Http1Kit.Text(_connection.Request.Target));
    }

    [Fact]
    public void BodyThatNoAttemptReadAgain_DoesNotEndTheConnection()
    {
        Arrive(Sized(5));
        _connection.KeepBody(Limit);
        _transport.Deliver("hello");
        Assert.Equal(("hello", BodyStatus.Last), Read());
        Assert.True(_connection.TryRewindBody());

        _connection.WriteLocal(502, "Bad Gateway"u8, default, default, close: !_connection.IsBodyRead);
        Assert.True(_connection.FlushAsync().Now());
        _transport.Deliver("GET /next HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal(RequestArrival.Request, _connection.NextRequestAsync().Now());
    }

    [Fact]
    public void BodyOfANewRequest_KnowsNothingOfTheOneBefore()
    {
        Arrive(Sized(5));
        _connection.KeepBody(Limit);
        _transport.Deliver("hello");
        Assert.Equal(("hello", BodyStatus.Last), Read());
        Assert.True(_connection.TryRewindBody());
        _connection.WriteLocal(502, "Bad Gateway"u8, default, default, false);
        Assert.True(_connection.FlushAsync().Now());

        Arrive(Sized(5));
        _transport.Deliver("world");

        Assert.Equal(("world", BodyStatus.Last), Read());
        Assert.False(_connection.TryRewindBody());
    }

    [Fact]
    public void ResponseThatBegins_EndsTheKeeping_ButNotTheReadingAgain()
    {
        Arrive(Sized(10));
        _connection.KeepBody(Limit);
        _transport.Deliver("hello");
        Assert.Equal(("hello", BodyStatus.Cancelled), Read());
        Assert.True(_connection.TryRewindBody());

        _connection.WriteLocal(413, "Content Too Large"u8, default, default, true);

        Assert.False(_connection.CanRewindBody);
        _transport.Deliver("world");
        Assert.Equal(("helloworld", BodyStatus.Last), Read());
    }

    [Fact]
    public void LargeBody_IsKeptInPieces_EachWithRoomForFraming()
    {
        string body = string.Concat(Enumerable.Range(0, 60_000).Select(i => i.ToString(CultureInfo.InvariantCulture)));
        Arrive(Sized(body.Length) + body[..1000]);
        _connection.KeepBody(body.Length);
        for (int at = 1000; at < body.Length; at += 7000) _transport.Deliver(body.Substring(at, Math.Min(7000, body.Length - at)));
        Assert.Equal((body, BodyStatus.Last), Read());

        Assert.True(_connection.TryRewindBody());
        StringBuilder again = new();
        for (BodyRead read = default; !read.IsLast;)
        {
            read = _connection.ReadBodyAsync().Now();
            again.Append(Http1Kit.Text(read.Payload));
            if (read.HasRoom) ChunkFrame.WriteAround(read.Buffer, read.Offset, read.Count);
        }

        Assert.Equal(body, again.ToString());
        Assert.True(_connection.TryRewindBody());
        Assert.Equal((body, BodyStatus.Last), Read());
    }

    [Theory]
    [InlineData(200_000, true)]
    [InlineData(200_000, false)]
    [InlineData(50_000, false)]
    public void Buffers_AreGivenBackOnce(int limit, bool rewinds)
    {
        Arrive(Chunked);
        _connection.KeepBody(limit);
        string chunk = $"2710\r\n{new string('c', 10_000)}\r\n";
        for (int i = 0; i < 10; i++) _transport.Deliver(chunk);
        _transport.Deliver("0\r\n\r\n");
        Read();
        if (rewinds) Assert.True(_connection.TryRewindBody());
        if (rewinds) Read();
        _connection.WriteLocal(200, "OK"u8, default, default, false);
        Assert.True(_connection.FlushAsync().Now());

        Assert.True(_connection.NextRequestAsync().Goes());

        byte[][] small = [.. Enumerable.Range(0, 300).Select(_ => BufferPool.Rent(BufferPool.Small))];
        byte[][] large = [.. Enumerable.Range(0, 30).Select(_ => BufferPool.Rent(BufferPool.Large))];
        Assert.Equal(small.Length, small.Distinct().Count());
        Assert.Equal(large.Length, large.Distinct().Count());
        foreach (byte[] each in small.Concat(large)) BufferPool.Return(each);
    }

    [Fact]
    public void ClientThatWasTold100ByTheFirstBackend_IsNotToldAgain()
    {
        Arrive("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        _connection.KeepBody(Limit);
        Assert.True(_connection.AwaitsContinue);

        for (int attempt = 0; attempt < 2; attempt++)
        {
            Interim("HTTP/1.1 100 Continue\r\n\r\n");
            Assert.False(_connection.AwaitsContinue);
            if (attempt == 0) _transport.Deliver("hello");
            Assert.Equal(("hello", BodyStatus.Last), Read());
            Assert.True(_connection.TryRewindBody());
        }

        Assert.True(_connection.FlushAsync().Now());
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", _transport.Sent);
    }

    [Fact]
    public void ClientThatWasNeverTold100_StillAwaitsItInTheNextAttempt()
    {
        Arrive("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        _connection.KeepBody(Limit);
        Assert.Equal(("", BodyStatus.Cancelled), Read());

        Assert.True(_connection.TryRewindBody());

        Assert.True(_connection.AwaitsContinue);
    }

    public void Dispose() => _loop.Dispose();

    private static string Sized(int bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {bytes}\r\n\r\n");

    private void Arrive(string wire)
    {
        _transport.Deliver(wire, tell: false);
        Assert.Equal(RequestArrival.Request, _connection.NextRequestAsync().Now());
    }

    private void Interim(string wire)
    {
        ResponseHead head = new();
        byte[] bytes = Http1Kit.Bytes(wire);
        int scanned = 0;
        ResponseHeadParser.Parse(bytes, 0, bytes.Length, ref scanned, head, KnownMethod.Post, Http1Limits.Default, out _);
        _connection.WriteInterim(head, new HeadEdits());
    }

    /// <summary>What an attempt reads until the end, or until it would wait; then it is cancelled.</summary>
    private (string Text, BodyStatus End) Read()
    {
        StringBuilder text = new();
        while (true)
        {
            ValueTask<BodyRead> next = _connection.ReadBodyAsync();
            if (!next.IsCompleted) _connection.CancelBodyRead();
            BodyRead read = next.Now();
            text.Append(Http1Kit.Text(read.Payload));
            if (read.Status != BodyStatus.Data) return (text.ToString(), read.Status);
        }
    }
}
