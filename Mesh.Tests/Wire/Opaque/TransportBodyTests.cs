using System.Text;
using Mesh.Tests.Wire.Http1Connections;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Exchange;
using Mesh.Wire.Opaque;
using Xunit;

namespace Mesh.Tests.Wire.Opaque;

public sealed class TransportBodyTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private readonly ManualLoop _loop = new();
    private readonly FakeTransport _transport;

    public TransportBodyTests() => _transport = new FakeTransport(_loop);

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void Reads_GiveWhatWasReadAhead_ThenWhatComes_ThenTheEnd()
    {
        TransportBody body = new(_transport, 60 * Second, "ahead"u8);

        Assert.Equal("ahead", Text(body.ReadBodyAsync().Now()));
        Task<BodyRead> second = body.ReadBodyAsync().AsTask();
        Assert.False(second.IsCompleted);
        _transport.Deliver("more");
        Assert.Equal("more", Text(second.Now()));
        _transport.End();

        Assert.True(body.ReadBodyAsync().Now().IsLast);
        Assert.True(body.IsBodyRead);
        Assert.Equal(9, body.BytesReceived);
    }

    [Fact]
    public void Writes_WaitForRoom()
    {
        TransportBody body = new(_transport, 60 * Second);
        _transport.Room = 2;

        Task<bool> write = body.WriteBodyAsync(Piece("answer"), null).AsTask();
        Assert.False(write.IsCompleted);
        _transport.Writable();

        Assert.True(write.Now());
        Assert.Equal("answer", _transport.Sent);
        Assert.Equal(6, body.BytesSent);
    }

    [Fact]
    public void ShutdownSend_EndsOneDirectionOnly()
    {
        TransportBody body = new(_transport, 60 * Second);

        body.ShutdownSend();
        _transport.Deliver("still here");

        Assert.True(_transport.HasEnded);
        Assert.Equal("still here", Text(body.ReadBodyAsync().Now()));
    }

    [Fact]
    public void Reset_IsToldBehindItsLastWords()
    {
        TransportBody body = new(_transport, 60 * Second);
        _transport.Deliver("sorry");

        _transport.Reset();

        Assert.False(body.WriteBodyAsync(Piece("x"), null).Now());
        Assert.Equal("sorry", Text(body.ReadBodyAsync().Now()));
        Assert.Equal(BodyStatus.Broken, body.ReadBodyAsync().Now().Status);
        Assert.False(body.IsBodyRead);
    }

    [Fact]
    public void Silence_FailsReadsAndWrites()
    {
        TransportBody body = new(_transport, 60 * Second);
        _transport.Room = 0;
        ValueTask<BodyRead> read = body.ReadBodyAsync();
        ValueTask<bool> write = body.WriteBodyAsync(Piece("stuck"), null);

        _loop.Pass(TimeSpan.FromSeconds(61));

        Assert.Equal(BodyStatus.TimedOut, read.Now().Status);
        Assert.False(write.Now());
    }

    [Fact]
    public void CancelledReads_StayCancelled()
    {
        TransportBody body = new(_transport, 60 * Second);
        ValueTask<BodyRead> read = body.ReadBodyAsync();

        body.CancelBodyRead();

        Assert.Equal(BodyStatus.Cancelled, read.Now().Status);
        Assert.Equal(BodyStatus.Cancelled, body.ReadBodyAsync().Now().Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Close_ResetsWhatIsNotWhole(bool whole)
    {
        TransportBody body = new(_transport, 60 * Second);
        if (whole) _transport.End();
        if (whole) Assert.True(body.ReadBodyAsync().Now().IsLast);

        body.Close();

        Assert.True(_transport.IsClosed);
        Assert.Equal(!whole, _transport.IsAborted);
    }

    [Fact]
    public void Abort_EndsWhoWaits()
    {
        TransportBody body = new(_transport, 60 * Second);
        ValueTask<BodyRead> read = body.ReadBodyAsync();

        body.Abort();

        Assert.Equal(BodyStatus.Broken, read.Now().Status);
        Assert.True(_transport.IsAborted);
    }

    private static string Text(in BodyRead read) => Encoding.Latin1.GetString(read.Payload);

    private static BodyRead Piece(string text) => new(Encoding.Latin1.GetBytes(text), 0, text.Length, BodyStatus.Data, false);
}
