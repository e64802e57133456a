using System.Text;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http2;
using Mesh.Wire.Http2.Frames;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Connections;

/// <summary>Clients that ask for more than they take.</summary>
public sealed class Http2SlowReaderTests
{
    private const int Requests = 250;

    private static readonly byte[] s_lines = Encoding.ASCII.GetBytes($"x-large: {new string('x', 8 * 1024)}\r\n");

    [Fact]
    public void ClientThatReadsSlowly_IsAskedNoFurther_AndThenServed()
    {
        ServerKit kit = Blocked(LargeHeadAsync);

        for (int i = 0; i < Requests; i++) kit.Peer.Headers(1 + (2 * i), ServerKit.Get);
        int before = kit.Flows;
        Assert.InRange(before, Http2Limits.MaxQueuedBytes / s_lines.Length, Requests - 50);
        Assert.InRange(kit.Connection.Output.Buffer.Length, Http2Limits.MaxQueuedBytes, Http2Limits.MaxQueuedBytes + (2 * s_lines.Length));
        kit.Peer.Transport.Writable();

        List<SeenFrame> seen = kit.Peer.Frames();
        Assert.Equal((Requests, false), (seen.Count(static frame => frame.Type == FrameType.Headers), kit.Connection.WasAbused));
        Assert.Equal(0, kit.Connection.OpenStreams);
    }

    [Fact]
    public void ClientThatReadsABit_IsNotGivenUp()
    {
        ServerKit kit = Blocked(LargeHeadAsync);
        for (int i = 0; i < Requests; i++) kit.Peer.Headers(1 + (2 * i), ServerKit.Get);

        for (int minute = 0; minute < 3; minute++)
        {
            kit.Peer.Transport.Writable(1000);
            kit.Peer.Transport.Room = 0;
            kit.Peer.Loop.Pass(TimeSpan.FromSeconds(61));
        }

        Assert.False(kit.Peer.Transport.IsClosed);
    }

    [Fact]
    public void ClientThatTakesNothing_IsGivenUp()
    {
        ServerKit kit = Blocked(LargeHeadAsync, new Http2Options { BodyIdleTimeoutNs = 1 });
        for (int i = 0; i < Requests; i++) kit.Peer.Headers(1 + (2 * i), ServerKit.Get);

        for (int i = 0; i < 3; i++) kit.Peer.Loop.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal((true, false, 1), (kit.Peer.Transport.IsAborted, kit.Connection.WasAbused, kit.Closed));
    }

    [Fact]
    public void AnswersThatAreAskedForAndNotTaken_AreAbuse()
    {
        ServerKit kit = Blocked(static exchange =>
        {
            exchange.WriteLocal(200, default, default, default, close: false);
            return Task.CompletedTask;
        });

        // A ping after something was sent is no glitch by itself.
        int asked = 0;
        for (; asked < 2 * Http2Limits.MaxQueuedAnswers && !kit.Connection.IsClosed; asked++)
        {
            kit.Peer.Headers(1 + (2 * asked), ServerKit.Get);
            kit.Peer.Ping();
        }

        Assert.Equal((true, true), (kit.Peer.Transport.IsAborted, kit.Connection.WasAbused));
        Assert.InRange(asked, Http2Limits.MaxQueuedAnswers, Http2Limits.MaxQueuedAnswers + 2);
    }

    private static async Task LargeHeadAsync(IServerExchange exchange)
    {
        exchange.WriteLocal(200, default, s_lines, default, close: false);
        await exchange.FlushAsync();
    }

    /// <summary>A server whose client takes nothing from now on.</summary>
    private static ServerKit Blocked(Func<IServerExchange, Task> flow, Http2Options? options = null)
    {
        ServerKit kit = new(flow, options);
        kit.Peer.Transport.Room = 0;
        return kit;
    }
}
