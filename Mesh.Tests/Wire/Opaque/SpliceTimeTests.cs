using Mesh.Tests.Wire.Http1Connections;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Opaque;
using Xunit;

namespace Mesh.Tests.Wire.Opaque;

/// <summary>Silence, stopping, and order of events, by hand and in virtual time.</summary>
public sealed class SpliceTimeTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private readonly ManualLoop _loop = new();
    private readonly FakeTransport _client;
    private readonly FakeTransport _server;
    private readonly Splice _splice;
    private readonly Task<SpliceEnd> _end;

    public SpliceTimeTests()
    {
        _client = new FakeTransport(_loop);
        _server = new FakeTransport(_loop);
        _splice = new Splice(_client, _server, new SpliceSettings(IdleNs: 100 * Second, HalfClosedNs: 10 * Second, DrainQuietNs: 2 * Second));
        _end = _splice.RunAsync();
    }

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void Silence_EndsItInOrder()
    {
        _loop.Pass(TimeSpan.FromSeconds(99));
        Assert.False(_end.IsCompleted);

        _loop.Pass(TimeSpan.FromSeconds(101));

        Assert.Equal(SpliceEnd.Idle, _end.Now());
        Assert.True(_client is { IsClosed: true, IsAborted: false } && _server is { IsClosed: true, IsAborted: false });
    }

    [Fact]
    public void SinkThatTakesNothing_IsSilenceToo_AndIsReset()
    {
        _server.Room = 0;
        _client.Deliver("never taken");

        _loop.Pass(TimeSpan.FromSeconds(101));

        Assert.Equal(SpliceEnd.Idle, _end.Now());
        Assert.True(_server.IsAborted);
        Assert.False(_client.IsAborted);
    }

    [Fact]
    public void HalfClosed_HasLessTime()
    {
        _client.End();
        Assert.True(_server.HasEnded);

        _loop.Pass(TimeSpan.FromSeconds(11));

        Assert.Equal(SpliceEnd.Idle, _end.Now());
    }

    [Fact]
    public void Drain_LetsWhatMovesGoOn_AndClosesWhatIsQuiet()
    {
        _splice.Drain();
        _loop.Pass(TimeSpan.FromSeconds(1));
        Assert.False(_end.IsCompleted);
        _server.Deliver("still moving");
        Assert.Equal("still moving", _client.Sent);

        _loop.Pass(TimeSpan.FromSeconds(3));

        Assert.Equal(SpliceEnd.Drained, _end.Now());
        Assert.False(_client.IsAborted);
    }

    [Fact]
    public void ReaderThatStops_StopsTheOtherSidesReads_WithOneBuffer()
    {
        _server.Room = 10;
        for (int i = 0; i < 100; i++) _client.Deliver(new byte[1000]);
        _loop.Settle();

        Assert.True(_client.MayHaveUnread);
        Assert.Equal(1, _splice.BuffersHeld);
        Assert.Equal(10, _splice.BytesUp);

        _server.Writable();
        _loop.Settle();

        Assert.Equal(100_000, _splice.BytesUp);
        Assert.Equal(0, _splice.BuffersHeld);
    }

    [Fact]
    public void Quiet_HoldsNoBuffer()
    {
        _client.Deliver("question");
        _server.Deliver("answer");

        Assert.Equal(0, _splice.BuffersHeld);
    }

    [Fact]
    public void EndIsPassedOn_OnlyBehindTheLastByte()
    {
        _server.Room = 3;
        _client.Deliver("abcdef");
        _client.End();
        Assert.False(_server.HasEnded);

        _server.Writable();

        Assert.Equal("abcdef", _server.Sent);
        Assert.True(_server.HasEnded);
    }

    [Fact]
    public void ResetWaitsForTheLastWords_ThatTheOtherSideDoesNotYetTake()
    {
        _client.Room = 2;
        _server.Deliver("sorry");
        _server.Reset();
        Assert.False(_end.IsCompleted);

        _client.Writable();

        Assert.Equal("sorry", _client.Sent);
        Assert.True(_client.IsAborted);
        Assert.Equal(SpliceEnd.ServerBroke, _end.Now());
    }

    [Fact]
    public void ResetOfBoth_NamesTheFirst()
    {
        _client.Room = 0;
        _server.Deliver("sorry");
        _server.Reset();

        _client.Reset();

        Assert.Equal(SpliceEnd.ServerBroke, _end.Now());
    }

    [Fact]
    public void OneShare_ThenOthersHaveTheirTurn()
    {
        for (int i = 0; i < 200; i++) _client.Deliver(new byte[4096], tell: i == 199);

        long first = _splice.BytesUp;
        _loop.Settle();

        Assert.InRange(first, 1, 64 * 1024 + 4096);
        Assert.Equal(Math.Min(9 * first, 200 * 4096), _splice.BytesUp);
    }

    [Fact]
    public void Moved_TellsOfEachWay()
    {
        long up = 0;
        long down = 0;
        _splice.Moved = (more, less) => (up, down) = (up + more, down + less);

        _client.Deliver("abc");
        _server.Deliver("de");

        Assert.Equal((3, 2), (up, down));
    }
}
