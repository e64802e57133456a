using Mesh.Tests.Wire.Http2.Heads;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http2;
using Mesh.Wire.Http2.Frames;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Connections;

/// <summary>How a client's connection ends: drained, idle, slow, broken.</summary>
public sealed class Http2ServerEndTests
{
    [Fact]
    public void Drain_AnnouncesTwice_AndEndsWhatHasBegun()
    {
        Queue<TaskCompletionSource> work = new();
        ServerKit kit = new();
        kit.Flow = async exchange =>
        {
            TaskCompletionSource own = new();
            work.Enqueue(own);
            await own.Task;
            await ServerKit.RespondAsync(exchange, "late");
        };
        kit.Peer.Headers(1, ServerKit.Get);

        kit.Connection.Drain();
        Assert.Equal("GoAway 0 NoError, Ping 0", kit.Show());
        kit.Peer.Headers(3, ServerKit.Get);
        kit.Peer.Ping(ack: true);
        Assert.Equal("GoAway 0 NoError", kit.Show());
        Assert.Equal(0, kit.Closed);
        while (work.TryDequeue(out TaskCompletionSource? each)) each.SetResult();

        Assert.Equal("Headers 1, Data 1 late end, Headers 3, Data 3 late end", kit.Show());
        Assert.True(kit.Peer.Transport.HasEnded);
        kit.Peer.Transport.End();
        Assert.Equal((1, 2), (kit.Closed, kit.FlowsOver));
    }

    [Fact]
    public void StreamsBehindTheLastWord_AreIgnored_WithAllThatFollows()
    {
        TaskCompletionSource work = new();
        ServerKit kit = new();
        kit.Flow = async exchange =>
        {
            await work.Task;
            await ServerKit.RespondAsync(exchange, "ok");
        };
        kit.Peer.Headers(1, ServerKit.Get);
        kit.Connection.Drain();
        kit.Peer.Ping(ack: true);
        kit.Show();

        kit.Peer.Headers(3, ServerKit.Post, ends: false);
        kit.Peer.Data(3, "raced");
        kit.Peer.Widen(3, 1000);
        kit.Peer.Reset(3);
        work.SetResult();

        Assert.Equal("Headers 1, Data 1 ok end", kit.Show());
    }

    [Fact]
    public void DrainedConnection_GivesASlowClientItsWholeResponse()
    {
        string body = new('x', 60_000);
        ServerKit kit = new(exchange => ServerKit.RespondAsync(exchange, body));
        kit.Peer.Transport.Room = 0;
        kit.Connection.Drain();
        kit.Peer.InOne(() =>
        {
            kit.Peer.Headers(1, ServerKit.Get);
            kit.Peer.Ping(ack: true);
        });

        for (int i = 0; i < 5; i++)
        {
            kit.Peer.Transport.Writable(10_000);
            kit.Peer.Transport.Room = 0;
            kit.Connection.OnDeadline();
            Assert.False(kit.Peer.Transport.HasEnded);
            Assert.Equal(0, kit.Closed);
        }

        kit.Peer.Transport.Writable();
        Assert.Equal(body.Length, kit.Peer.Frames().Where(frame => frame.Type == FrameType.Data).Sum(frame => frame.Payload.Length));
        Assert.True(kit.Peer.Transport.HasEnded);
        kit.Connection.OnDeadline();
        Assert.Equal(1, kit.Closed);
        Assert.False(kit.Peer.Transport.IsAborted);
    }

    [Fact]
    public void ClientThatTakesNothingOfTheEnd_IsBroken()
    {
        ServerKit kit = new(exchange => ServerKit.RespondAsync(exchange, new string('x', 60_000)));
        kit.Peer.Transport.Room = 0;
        kit.Connection.Drain();
        kit.Peer.InOne(() =>
        {
            kit.Peer.Headers(1, ServerKit.Get);
            kit.Peer.Ping(ack: true);
        });

        kit.Peer.Loop.Pass(TimeSpan.FromSeconds(3));

        Assert.Equal(1, kit.Closed);
        Assert.True(kit.Peer.Transport.IsAborted);
    }

    [Fact]
    public void ClientThatNeverAsks_IsSentAwayWhenIdle()
    {
        ServerKit kit = new(options: Http2Options.Default with { IdleTimeoutNs = 1 });

        kit.Peer.Loop.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal("GoAway 0 NoError, Ping 0", kit.Show());
    }

    [Fact]
    public void BodyDeadline_CountsOnlyWhileSomebodyWaitsForTheBody()
    {
        TaskCompletionSource backend = new();
        ServerKit kit = new(options: Http2Options.Default with { BodyIdleTimeoutNs = 30_000_000_000 });
        kit.Flow = async exchange =>
        {
            BodyRead first = await exchange.ReadBodyAsync();
            kit.Heard.Add(first.Status.ToString());
            await backend.Task;
            await kit.EchoAsync(exchange);
        };
        kit.Peer.Headers(1, ServerKit.Post, ends: false);
        kit.Peer.Data(1, "a");

        kit.Peer.Loop.Pass(TimeSpan.FromSeconds(31));
        kit.Peer.Data(1, "b", ends: true);
        backend.SetResult();

        Assert.Equal(["Data", "Last:b"], kit.Heard);
    }

    [Fact]
    public void SendThatHadToWait_LeavesTheBodyItsOwnTime()
    {
        ServerKit kit = new();
        kit.Flow = async exchange =>
        {
            Task<BodyRead> read = exchange.ReadBodyAsync().AsTask();
            exchange.WriteHead(HeadKit.ParseResponse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), new HeadEdits());
            bool sent = await exchange.WriteBodyAsync(new BodyRead([1], 0, 1, BodyStatus.Data, false), null);
            kit.Heard.Add($"sent {sent}");
            kit.Heard.Add((await read).Status.ToString());
        };
        kit.Peer.Settings((SettingId.InitialWindowSize, 0));
        kit.Peer.Headers(1, ServerKit.Post, ends: false);
        kit.Peer.Widen(1, 1000);

        // The stall of a window that was never opened ends after 5 s; the body has a minute.
        kit.Peer.Loop.Pass(TimeSpan.FromSeconds(10));
        kit.Peer.Data(1, "x", ends: true);

        Assert.Equal(["sent True", "Last"], kit.Heard);
    }

    [Fact]
    public void WindowThatNeverOpens_EndsItsStream()
    {
        ServerKit kit = new();
        kit.Flow = async exchange => kit.Heard.Add($"{await ServerKit.RespondAsync(exchange, "held")}");
        kit.Peer.Settings((SettingId.InitialWindowSize, 0));
        kit.Peer.Headers(1, ServerKit.Get);
        kit.Show();

        kit.Peer.Loop.Pass(TimeSpan.FromSeconds(6));

        Assert.Equal("RstStream 1 EnhanceYourCalm", kit.Show());
        Assert.Equal(["False"], kit.Heard);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0001\0\0\0\0\0")]
    public void WrongBeginning_EndsWithAGoAway(string bytes)
    {
        FramePeer peer = new();
        int closed = 0;
        Mesh.Wire.Http2.Connections.Http2ServerConnection connection = new(
            peer.Transport, Http2Options.Default, Mesh.Wire.Http1.Http1Limits.Default, static _ => { }, _ => closed++);
        connection.Start();

        peer.Transport.Deliver(bytes);
        SeenFrame last = peer.Frames()[^1];

        Assert.Equal((FrameType.GoAway, Http2Error.ProtocolError), (last.Type, last.Error));
        peer.Transport.End();
        Assert.Equal(1, closed);
    }

    [Fact]
    public void GarbageBehindTheLastWord_IsReadAway_InTurns()
    {
        ServerKit kit = new();
        kit.Peer.InOne(() =>
        {
            kit.Peer.Headers(2, ServerKit.Get);
            kit.Peer.Data(1, "x");
        });
        Assert.Equal("GoAway 0 ProtocolError", kit.Show());

        kit.Peer.Transport.Deliver(new byte[300_000]);
        kit.Peer.Transport.End();
        kit.Peer.Loop.Settle();

        Assert.Equal(1, kit.Closed);
    }
}
