using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http2.Frames;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Connections;

/// <summary>A connection of HTTP/2 where all connections of the node may hold only so much together.</summary>
public sealed class Http2HoldingTests
{
    private const long Limit = 100 * 1024 * 1024;

    private static readonly byte[] s_frame = new byte[16 * 1024];

    private readonly TaskCompletionSource _reads = new();

    [Fact]
    public void WhatWaitsForItsReader_IsCounted_UntilItWasRead()
    {
        ServerKit kit = Slow(out BufferShare share);

        Upload(kit, 1, frames: 8);
        Assert.Equal(8 * s_frame.Length, share.Held);
        _reads.SetResult();
        kit.Peer.Data(1, "", ends: true);

        Assert.Equal($"Last:{8 * s_frame.Length}", Assert.Single(kit.Heard));
        kit.Peer.Transport.Writable();
        kit.Peer.Widen(1, 1 << 20);
        kit.Peer.Widen(0, 1 << 20);
        kit.Peer.Frames();
        Assert.Equal(0, share.Held);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatWaits_IsNotCountedAnyMore_WhenItsEndCame(bool ofConnection)
    {
        ServerKit kit = Slow(out BufferShare share);
        Upload(kit, 1, frames: 8);

        if (ofConnection) kit.Peer.Transport.Reset();
        else kit.Peer.Reset(1);
        _reads.SetResult();
        kit.Peer.Loop.Settle();

        Assert.Equal((0L, 0L), (share.Held, kit.Connection.Buffered));
    }

    [Fact]
    public void WhatIsNotTaken_IsCounted_UntilItIs()
    {
        ServerKit kit = Slow(out BufferShare share, static exchange => ServerKit.RespondAsync(exchange, new string('x', 100_000)));
        kit.Peer.Transport.Room = 0;
        kit.Peer.Headers(1, ServerKit.Get);
        Assert.True(share.Held >= 100_000);

        kit.Peer.Widen(1, 1 << 20);
        kit.Peer.Widen(0, 1 << 20);
        kit.Peer.Transport.Writable();
        kit.Peer.Loop.Settle();

        Assert.Equal(0, share.Held);
    }

    [Fact]
    public void WindowsStayShut_WhileTheNodeIsShort_AndOpenWhenItIsNot()
    {
        ServerKit kit = Slow(out BufferShare share);
        Upload(kit, 3, frames: 4);
        kit.Peer.Frames();

        share.Add(Limit * 9 / 10);
        Upload(kit, 5, frames: 16);
        Upload(kit, 7, frames: 16);
        Upload(kit, 9, frames: 16);
        Assert.DoesNotContain(kit.Peer.Frames(), static frame => frame.Type == FrameType.WindowUpdate);
        share.Add(-Limit * 9 / 10);

        Assert.Contains(kit.Peer.Frames(), static frame => frame is { Type: FrameType.WindowUpdate, Id: 0 });
    }

    [Fact]
    public void WhoKeepsUp_GoesOn_ThoughTheNodeIsShort()
    {
        ServerKit kit = Slow(out BufferShare share);
        share.Add(Limit * 9 / 10);
        _reads.SetResult();

        Upload(kit, 1, frames: 60);
        List<SeenFrame> seen = kit.Peer.Frames();

        Assert.Contains(seen, static frame => frame is { Type: FrameType.WindowUpdate, Id: 0 });
        Assert.Contains(seen, static frame => frame is { Type: FrameType.WindowUpdate, Id: 1 });
    }

    [Fact]
    public void StreamThatKeptUp_OpensAgain_WhenNothingWaitsOnItsConnectionAnyMore()
    {
        TaskCompletionSource second = new();
        ServerKit kit = Slow(out BufferShare share);
        kit.Flow = async exchange =>
        {
            if (kit.Flows > 1) await second.Task;
            await kit.EchoAsync(exchange);
        };
        Upload(kit, 1, frames: 1);
        Upload(kit, 3, frames: 1);
        share.Add(Limit * 9 / 10);
        Upload(kit, 1, frames: 15, opens: false);
        Assert.DoesNotContain(kit.Peer.Frames(), static frame => frame.Type == FrameType.WindowUpdate);

        second.SetResult();

        Assert.Contains(kit.Peer.Frames(), static frame => frame is { Type: FrameType.WindowUpdate, Id: 1 });
    }

    [Fact]
    public void WhoComesWhileTheNodeIsShort_BeginsWithTheLeast()
    {
        FramePeer peer = new();
        BufferBudget budget = new([peer.Loop], Limit);
        peer.Loop.Buffers.Add(Limit * 9 / 10);
        ServerKit kit = new(peer: peer);
        Assert.DoesNotContain(kit.Said, static frame => frame is { Type: FrameType.WindowUpdate });

        peer.Loop.Buffers.Add(-Limit * 9 / 10);

        Assert.Contains(peer.Frames(), static frame => frame is { Type: FrameType.WindowUpdate, Id: 0 });
        Assert.Equal(1, budget.Shortages);
    }

    [Fact]
    public void RequestsAreRefused_WhileTheNodeIsFull_AndNobodyIsBlamed()
    {
        ServerKit kit = Slow(out BufferShare share);
        _reads.SetResult();
        share.Add(Limit);

        for (int i = 0; i < 2000; i++) kit.Peer.Headers(1 + (2 * i), ServerKit.Get);
        Assert.All(kit.Peer.Frames(), static frame => Assert.Equal((FrameType.RstStream, Http2Error.RefusedStream), (frame.Type, frame.Error)));
        Assert.Equal((2000L, 0), (share.RefusedStreams, kit.Flows));
        share.Add(-Limit);
        kit.Peer.Headers(4001, ServerKit.Get);

        Assert.Contains(kit.Peer.Frames(), static frame => frame is { Type: FrameType.Headers, Id: 4001 });
    }

    private static void Upload(ServerKit kit, int id, int frames, bool opens = true)
    {
        if (opens) kit.Peer.Headers(id, ServerKit.Post, ends: false);
        for (int i = 0; i < frames; i++) kit.Peer.Data(id, s_frame);
    }

    /// <summary>A server whose flows read no body before the test says so.</summary>
    private ServerKit Slow(out BufferShare share, Func<IServerExchange, Task>? flow = null)
    {
        ServerKit kit = new();
        _ = new BufferBudget([kit.Peer.Loop], Limit);
        share = kit.Peer.Loop.Buffers;
        kit.Flow = flow ?? (async exchange =>
        {
            await _reads.Task;
            await kit.EchoAsync(exchange);
        });
        return kit;
    }
}
