using System.Net;
using System.Net.Sockets;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;
using Xunit;

namespace Mesh.Tests.Wire.Transports;

/// <summary>The contract of the seam, over real loopback sockets, for both kinds.</summary>
public sealed class TransportTests
{
    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task BytesGoBothWays_AndBothNamesAreTold(TransportKind kind)
    {
        foreach (bool v6 in (bool[])[false, true])
        {
            await using TransportPair pair = await TransportPair.OpenAsync(kind, v6);

            pair.Peer.Send("ping"u8);
            string got = await pair.ReceiveSomeAsync();
            int sent = await pair.Runner.RunAsync(() => pair.Transport.Send("pong"u8));
            byte[] back = new byte[16];
            int count = pair.Peer.Receive(back);

            Assert.Equal("ping", got);
            Assert.Equal((4, 4), (sent, count));
            Assert.Equal(pair.Peer.LocalEndPoint, await pair.Runner.RunAsync(() => pair.Transport.RemoteEndPoint));
            Assert.Equal(pair.Peer.RemoteEndPoint, await pair.Runner.RunAsync(() => pair.Transport.LocalEndPoint));
        }
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task WildcardIPv6_ServesIPv4AndNamesItSo(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);
        TaskCompletionSource<Transport> accepted = new();
        Listener listener = runner.Group.Listen(new IPEndPoint(IPAddress.IPv6Any, 0), new ListenerOptions(), accepted.SetResult);

        using Socket peer = TransportPair.Connect(new IPEndPoint(IPAddress.Loopback, listener.BoundEndPoint.Port));
        Transport transport = await accepted.Task.WaitAsync(LoopRunner.Patience);

        Assert.Equal(peer.LocalEndPoint, await runner.RunAsync(() => transport.RemoteEndPoint));
        await runner.RunAsync(transport.Close);
        listener.Close();
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task Readable_IsToldAgain_AfterAShortReceive(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        pair.Peer.Send("a"u8);
        Assert.Equal("a", await pair.ReceiveSomeAsync());

        pair.Peer.Send("b"u8);

        Assert.Equal("b", await pair.ReceiveSomeAsync());
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task Reset_IsTold_ThoughNobodyReads(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        pair.Peer.Send("a"u8);
        Assert.Equal("a", await pair.ReceiveSomeAsync());

        pair.ResetPeer();
        await pair.Witness.SeeAsync("broken");
        await pair.Witness.SeeAsync("readable");

        Assert.True(await pair.Runner.RunAsync(() => pair.Transport.PeerEnded));
        Assert.Equal("-2", await pair.ReceiveAsync());
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task BytesWithTheEnd_AreReadAndThenTheEnd(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);

        pair.Peer.Send("last"u8);
        pair.Peer.Shutdown(SocketShutdown.Send);

        Assert.Equal("last", await pair.ReceiveSomeAsync());
        Assert.Equal("0", await pair.ReceiveSomeAsync());
        Assert.Equal("0", await pair.ReceiveAsync());
        Assert.True(await pair.Runner.RunAsync(() => pair.Transport.PeerEnded));
        Assert.Equal(2, await pair.Runner.RunAsync(() => pair.Transport.Send("ok"u8)));
        Assert.Equal(2, pair.Peer.Receive(new byte[8]));
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task HasUnread_AsksTheSystem_AfterAReceiveThatFilledItsRoom(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        pair.Peer.Send("1234"u8);
        Assert.Equal("1234", await pair.ReceiveSomeAsync(4));

        Assert.False(await pair.Runner.RunAsync(pair.Transport.HasUnread));
        pair.Peer.Send("5"u8);
        await pair.Witness.SeeAsync("readable");

        Assert.True(await pair.Runner.RunAsync(pair.Transport.HasUnread));
        Assert.Equal("5", await pair.ReceiveSomeAsync());
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Witness.SeeAsync("readable");
        Assert.True(await pair.Runner.RunAsync(pair.Transport.HasUnread));
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task FullSend_IsToldWhenThereIsRoomAndLosesNothing(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind, peerReceiveBytes: 16 * 1024);
        long taken = await pair.FillAsync();
        Assert.Equal(Transport.WouldBlock, await pair.Runner.RunAsync(() => pair.Transport.Send("x"u8)));

        Task<long> read = pair.ReadPatternToEndAsync();
        await pair.Witness.SeeAsync("writable");
        await pair.Runner.RunAsync(pair.Transport.ShutdownSend);

        Assert.Equal(taken, await read.WaitAsync(LoopRunner.Patience));
        pair.Peer.Send("still here"u8);
        Assert.Equal("still here", await pair.ReceiveSomeAsync());
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ShutdownSend_ComesAfterASendThatStillWaits(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind, peerReceiveBytes: 16 * 1024);
        long taken = await pair.FillAsync();

        await pair.Runner.RunAsync(pair.Transport.ShutdownSend);

        Assert.Equal(taken, await pair.ReadPatternToEndAsync().WaitAsync(LoopRunner.Patience));
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task Close_DeliversWhatWasTaken(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind, peerReceiveBytes: 16 * 1024);
        long taken = await pair.FillAsync();

        await pair.Runner.RunAsync(pair.Transport.Close);

        Assert.Equal(taken, await pair.ReadPatternToEndAsync().WaitAsync(LoopRunner.Patience));
        Assert.Equal("-2", await pair.ReceiveAsync());
        Assert.Equal(Transport.Broken, await pair.Runner.RunAsync(() => pair.Transport.Send("x"u8)));
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task Abort_ResetsThePeer(TransportKind kind)
    {
        foreach (bool pending in (bool[])[false, true])
        {
            await using TransportPair pair = await TransportPair.OpenAsync(kind, peerReceiveBytes: 16 * 1024);
            if (pending) await pair.FillAsync();

            await pair.Runner.RunAsync(pair.Transport.Abort);

            SocketException reset = await Assert.ThrowsAsync<SocketException>(() => pair.ReadPatternToEndAsync().WaitAsync(LoopRunner.Patience));
            Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        }
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task CloseTwiceOrAfterAReset_IsHarmless(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        pair.ResetPeer();
        await pair.Witness.SeeAsync("broken");

        await pair.Runner.RunAsync(() =>
        {
            pair.Transport.ShutdownSend();
            pair.Transport.Close();
            pair.Transport.Abort();
            pair.Transport.Close();
        });

        Assert.True(pair.Transport.IsClosed);
    }
}
