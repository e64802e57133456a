using Mesh.Tests.Wire.Http1;
using Mesh.Tests.Wire.Http2.Heads;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http2;
using Mesh.Wire.Http2.Frames;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Connections;

/// <summary>A client by frames against the server's side, one turn of its loop after the other.</summary>
public sealed class Http2ServerConnectionTests
{
    [Fact]
    public void Request_WithItsBodyInOneBatch_IsOnePiece()
    {
        ServerKit kit = new();

        kit.Peer.InOne(() =>
        {
            kit.Peer.Headers(1, ServerKit.Post, ends: false);
            kit.Peer.Data(1, "ab");
            kit.Peer.Data(1, "cd", ends: true);
        });

        Assert.Equal("Headers 1, Data 1 abcd end", kit.Show());
        Assert.Equal(["Last:abcd"], kit.Heard);
        Assert.Equal((0, 0L), (kit.Connection.OpenStreams, kit.Connection.Buffered));
    }

    [Fact]
    public void Place_ServesOneStreamAfterTheOther()
    {
        ServerKit kit = new();

        for (int id = 1; id < 20; id += 2) kit.Peer.Headers(id, ServerKit.Get);

        Assert.Equal(10, kit.Heard.Count);
        Assert.Equal(1, kit.Flows);
    }

    [Fact]
    public void Response_WaitsForTheWindow_AndGoesOnWithIt()
    {
        string body = new('x', 70_000);
        ServerKit kit = new(exchange => ServerKit.RespondAsync(exchange, body));

        kit.Peer.Headers(1, ServerKit.Get);
        int first = kit.Peer.Frames().Where(frame => frame.Type == FrameType.Data).Sum(frame => frame.Payload.Length);
        kit.Peer.Widen(0, 100_000);
        Assert.Empty(kit.Peer.Frames());
        kit.Peer.Widen(1, 100_000);

        SeenFrame[] rest = [.. kit.Peer.Frames()];
        Assert.Equal(PeerSettings.DefaultWindow, first);
        Assert.Equal(body.Length - first, rest.Sum(frame => frame.Payload.Length));
        Assert.True(rest[^1].Ends);
    }

    [Fact]
    public void SettingsThatWiden_LetEveryStreamGoOn()
    {
        ServerKit kit = new(exchange => ServerKit.RespondAsync(exchange, "hello"));
        kit.Peer.Settings((SettingId.InitialWindowSize, 0));
        kit.Peer.Headers(1, ServerKit.Get);
        kit.Peer.Headers(3, ServerKit.Get);
        Assert.DoesNotContain(kit.Peer.Frames(), frame => frame.Type == FrameType.Data);

        kit.Peer.Settings((SettingId.InitialWindowSize, 5));

        Assert.Equal("Settings 0, Data 1 hello end, Data 3 hello end", kit.Show());
    }

    [Fact]
    public void EndOfBodilessRequest_IsWaitedFor_AndItsResetFreesThePlace()
    {
        ServerKit kit = new(options: Http2Options.Default with { MaxConcurrentStreams = 1 });

        kit.Peer.Headers(1, ServerKit.Post + "\ncontent-length: 0", ends: false);
        Assert.Empty(kit.Heard);
        kit.Peer.Reset(1);
        kit.Peer.Headers(3, ServerKit.Get);

        Assert.Equal("Headers 3, Data 3  end", kit.Show());
        Assert.Equal(["Last:"], kit.Heard);
    }

    [Fact]
    public void EndOfBodilessRequest_ThatNeverComes_EndsWithItsConnection()
    {
        ServerKit kit = new();
        kit.Peer.Headers(1, ServerKit.Post + "\ncontent-length: 0", ends: false);

        kit.Connection.Abort();

        Assert.Equal((1, 1), (kit.Closed, kit.FlowsOver));
    }

    [Fact]
    public void BodyShorterOrLongerThanPromised_IsRefused()
    {
        ServerKit kit = new();

        kit.Peer.Headers(1, ServerKit.Post + "\ncontent-length: 3", ends: false);
        kit.Peer.Data(1, "ab", ends: true);
        kit.Peer.Headers(3, ServerKit.Post + "\ncontent-length: 3", ends: false);
        kit.Peer.Data(3, "abcd");

        Assert.Equal(["Rejected:", "Rejected:"], kit.Heard);
        Assert.Equal(0, kit.Connection.Buffered);
    }

    [Fact]
    public void ResetInTheSameBreath_IsNeverHeardOf()
    {
        ServerKit kit = new();

        kit.Peer.InOne(() =>
        {
            kit.Peer.Headers(1, ServerKit.Get);
            kit.Peer.Reset(1);
            kit.Peer.Headers(3, ServerKit.Get);
        });

        Assert.Equal("Headers 3, Data 3  end", kit.Show());
        Assert.Single(kit.Heard);
        Assert.Equal(1, kit.Flows);
    }

    [Fact]
    public void StreamsBeyondTheLimit_AreRefused_UntilAFlowHasEnded()
    {
        TaskCompletionSource work = new();
        ServerKit kit = new(options: Http2Options.Default with { MaxConcurrentStreams = 1 });
        kit.Flow = async exchange =>
        {
            await work.Task;
            await ServerKit.RespondAsync(exchange, "");
        };

        kit.Peer.Headers(1, ServerKit.Get);
        kit.Peer.Reset(1);
        kit.Peer.Headers(3, ServerKit.Get);
        Assert.Equal("RstStream 3 RefusedStream", kit.Show());
        work.SetResult();
        kit.Peer.Headers(5, ServerKit.Get);

        Assert.Equal("Headers 5, Data 5  end", kit.Show());
    }

    [Fact]
    public void DroppedBodies_GiveTheirWindowBack()
    {
        ServerKit kit = new(exchange => ServerKit.RespondAsync(exchange, ""));
        byte[] piece = new byte[16_000];
        long window = Http2Options.Default.ConnectionWindowBytes;

        for (int id = 1; id < 400; id += 2)
        {
            kit.Peer.InOne(() =>
            {
                kit.Peer.Headers(id, ServerKit.Post, ends: false);
                kit.Peer.Data(id, piece);
            });
            window -= piece.Length;
            List<SeenFrame> frames = kit.Peer.Frames();
            window += frames.Where(frame => frame is { Type: FrameType.WindowUpdate, Id: 0 }).Sum(frame => (long)frame.Word);
            Assert.Contains(frames, frame => frame is { Type: FrameType.RstStream } && frame.Error == Http2Error.NoError);
            Assert.True(window > 0, $"the window is used up at stream {id}");
        }

        Assert.Equal(0, kit.Connection.Buffered);
    }

    [Fact]
    public void LateFramesOfStreamsThatWereResetHere_AreNoFault()
    {
        ServerKit kit = new(exchange => ServerKit.RespondAsync(exchange, ""));
        const int Streams = 240;
        for (int i = 0; i < Streams; i++) kit.Peer.Headers(1 + 2 * i, ServerKit.Post, ends: false);
        kit.Peer.Frames();

        for (int i = 0; i < Streams; i++) kit.Peer.Data(1 + 2 * i, "late", ends: true);

        Assert.Equal("", kit.Show());
        Assert.False(kit.Connection.WasAbused);
    }

    [Fact]
    public void PingsBetweenPayload_AreNoAbuse_AndPingsAloneAre()
    {
        ServerKit kit = new(async exchange =>
        {
            for (int i = 0; i < 3000; i++)
            {
                byte[] piece = [1];
                if (!await exchange.WriteBodyAsync(new BodyRead(piece, 0, 1, BodyStatus.Data, false), null)) return;
                await exchange.ReadBodyAsync();
            }
        });
        kit.Peer.Headers(1, ServerKit.Post, ends: false);

        for (int i = 0; i < 2500; i++)
        {
            kit.Peer.Data(1, "p");
            kit.Peer.Ping();
        }

        Assert.False(kit.Connection.WasAbused);
        for (int i = 0; i < 1100; i++) kit.Peer.Ping();
        Assert.True(kit.Connection.WasAbused);
    }

    [Fact]
    public void ExchangesThatEndWell_PayForCancelledOnes()
    {
        ServerKit kit = new(exchange => exchange.Request.Method == Mesh.Wire.Exchange.KnownMethod.Get
            ? ServerKit.RespondAsync(exchange, "")
            : exchange.ReadBodyAsync().AsTask());

        for (int id = 1; id < 20_000; id += 8)
        {
            kit.Peer.Headers(id, ServerKit.Post, ends: false);
            kit.Peer.Reset(id);
            kit.Peer.Headers(id + 2, ServerKit.Get);
            kit.Peer.Headers(id + 4, ServerKit.Get);
            kit.Peer.Headers(id + 6, ServerKit.Get);
        }

        Assert.False(kit.Connection.WasAbused);
        for (int id = 20_001; id < 30_000; id += 2)
        {
            kit.Peer.Headers(id, ServerKit.Post, ends: false);
            kit.Peer.Reset(id);
        }

        Assert.True(kit.Connection.WasAbused);
    }

    [Fact]
    public void FlowThatAbortsTheConnection_WithinAFrame_EndsInOrder()
    {
        ServerKit kit = new();
        kit.Flow = async exchange =>
        {
            await exchange.ReadBodyAsync();
            kit.Connection.Abort();
        };
        kit.Peer.Headers(1, ServerKit.Post, ends: false);

        kit.Peer.InOne(() =>
        {
            kit.Peer.Data(1, "ab");
            kit.Peer.Data(1, "cd");
            kit.Peer.Headers(3, ServerKit.Get);
        });

        Assert.Equal((1, 1), (kit.Closed, kit.FlowsOver));
        Assert.True(kit.Peer.Transport.IsAborted);
    }
    [Fact]
    public void StreamsThatAreOver_LeaveTheQueueOfThoseThatSend()
    {
        const int Places = 10;
        ServerKit kit = new(options: new Http2Options { MaxConcurrentStreams = Places });
        kit.Flow = static exchange => ServerKit.RespondAsync(exchange, new string('x', PeerSettings.DefaultWindow));
        kit.Peer.Headers(1, ServerKit.Get);
        kit.Flow = static exchange => ServerKit.RespondAsync(exchange, "x");
        kit.Peer.Frames();

        // Their windows are open, the connection's is not: they wait in its queue.
        for (int id = 3; id < 3 + (2 * 200); id += 2)
        {
            kit.Peer.Headers(id, ServerKit.Get);
            kit.Peer.Reset(id);
        }

        kit.Peer.Headers(1001, ServerKit.Get);
        Assert.InRange(kit.Connection.StreamsInQueue, 1, (2 * Places) + 1);
        kit.Peer.Frames();
        kit.Peer.Widen(0, 1000);

        Assert.Equal("Data 1001 x end", kit.Show());
        Assert.Equal((0, 0), (kit.Connection.StreamsInQueue, kit.Connection.OpenStreams));
    }

    [Fact]
    public void TunnelWithoutBytes_EndsAfterItsTime_NotABodys()
    {
        ServerKit kit = new(options: new Http2Options { BodyIdleTimeoutNs = 1, TunnelIdleTimeoutNs = 600_000_000_000 });
        List<BodyStatus> ends = [];
        kit.Flow = async exchange =>
        {
            exchange.WriteUpgrade(HeadKit.ParseResponse("HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\n\r\n"), Http1Kit.NoEdits, "chat"u8);
            await exchange.FlushAsync();
            ends.Add((await exchange.ReadBodyAsync()).Status);
        };
        kit.Peer.Headers(1, ":method: CONNECT\n:scheme: http\n:authority: x\n:path: /\n:protocol: chat", ends: false);

        kit.Peer.Loop.Pass(TimeSpan.FromSeconds(599));
        Assert.Empty(ends);
        kit.Peer.Loop.Pass(TimeSpan.FromSeconds(601));

        Assert.Equal([BodyStatus.TimedOut], ends);
    }

    [Fact]
    public void GoAwayOfAClient_BetweenHeadAndTrailers_LetsItsRequestEnd()
    {
        ServerKit kit = new();
        kit.Peer.Headers(1, ServerKit.Post, ends: false);
        kit.Peer.Data(1, "body");
        kit.Peer.GoAway(0);

        kit.Peer.Headers(1, "x-sum: 1");

        Assert.Equal(["Last:body"], kit.Heard);
        Assert.Contains("Data 1 body end", kit.Show(), StringComparison.Ordinal);
    }}
