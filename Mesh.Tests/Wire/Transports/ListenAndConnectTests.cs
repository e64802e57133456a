using System.Net;
using System.Net.Sockets;
using Mesh.Tests.Kit;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;
using Xunit;

namespace Mesh.Tests.Wire.Transports;

public sealed class ListenAndConnectTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task Connect_GivesATransportThatWorks(TransportKind kind)
    {
        foreach (bool v6 in (bool[])[false, true])
        {
            await using LoopRunner runner = new(kind);
            using Socket server = Listening(v6);

            ConnectResult result = await LoopRunner.RunAsync(runner.First, () => runner.First.ConnectAsync(Name(server), 10 * Second));
            using Socket peer = server.Accept();
            Witness witness = new();
            await runner.RunAsync(() =>
            {
                result.Transport!.Observer = witness;
                result.Transport.Send("hi"u8);
            });

            Assert.Equal(SocketError.Success, result.Error);
            Assert.Equal(2, peer.Receive(new byte[8]));
            await runner.RunAsync(result.Transport!.Close);
        }
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ServerThatSpeaksFirstAndHangsUp_IsReadToItsEnd(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);
        using Socket server = Listening(v6: false);
        Task greeting = Task.Run(() =>
        {
            using Socket peer = server.Accept();
            peer.Send("bye"u8);
        });

        string got = await LoopRunner.RunAsync(runner.First, async () =>
        {
            ConnectResult result = await runner.First.ConnectAsync(Name(server), 10 * Second);
            await greeting;
            Witness witness = new();
            result.Transport!.Observer = witness;
            string all = "";
            byte[] room = new byte[64];
            while (true)
            {
                int count = result.Transport.Receive(room);
                if (count == Transport.WouldBlock) await witness.SeeAsync("readable");
                else if (count <= 0) break;
                else all += System.Text.Encoding.Latin1.GetString(room, 0, count);
            }

            result.Transport.Close();
            return all;
        });

        Assert.Equal("bye", got);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task Refused_IsAValue(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);
        foreach (bool v6 in (bool[])[false, true])
        {
            Socket server = Listening(v6);
            IPEndPoint address = Name(server);
            server.Dispose();

            ConnectResult result = await LoopRunner.RunAsync(runner.First, () => runner.First.ConnectAsync(address, 10 * Second));

            Assert.Null(result.Transport);
            Assert.Equal(SocketError.ConnectionRefused, result.Error);
        }
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task NoTimeout_MeansThatConnectWaits(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);
        using Socket server = Listening(v6: false);

        ConnectResult result = await LoopRunner.RunAsync(runner.First, () => runner.First.ConnectAsync(Name(server), LoopTimer.Never));
        await runner.RunAsync(() => runner.First.Wheel.Advance(EventLoop.NowNs + Second));

        Assert.NotNull(result.Transport);
        await runner.RunAsync(result.Transport.Close);
    }

    [LinuxFact]
    public Task UnansweredConnectOnEpoll_TimesOut() => TimesOutAsync(TransportKind.Epoll);

    [LinuxFact]
    public Task UnansweredConnectOnSockets_TimesOut() => TimesOutAsync(TransportKind.Sockets);

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task AddressInUse_IsThrownToWhoeverListens(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);
        Listener first = runner.Group.Listen(TransportPair.Any(v6: false), new ListenerOptions(), _ => { });

        SocketException error = Assert.Throws<SocketException>(() => runner.Group.Listen(first.BoundEndPoint, new ListenerOptions(), _ => { }));

        Assert.Equal(SocketError.AddressAlreadyInUse, error.SocketErrorCode);
        first.Close();
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task PortOfAFormerListener_CanBeTakenAtOnce(TransportKind kind)
    {
        TransportPair pair = await TransportPair.OpenAsync(kind);
        IPEndPoint address = (IPEndPoint)pair.Peer.RemoteEndPoint!;
        await pair.Runner.RunAsync(pair.Transport.Close);
        Assert.Equal(0, pair.Peer.Receive(new byte[4]));
        await pair.DisposeAsync();

        await using LoopRunner runner = new(kind);
        Listener again = runner.Group.Listen(address, new ListenerOptions(), _ => { });

        Assert.Equal(address, again.BoundEndPoint);
        again.Close();
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ConnectionsAreDealtToAllLoops_AndWorkThere(TransportKind kind)
    {
        await using LoopRunner runner = new(kind, loops: 2);
        TaskCompletionSource all = new();
        List<Transport> accepted = [];
        Listener listener = runner.Group.Listen(TransportPair.Any(v6: true), new ListenerOptions(), transport =>
        {
            Assert.True(transport.Loop.IsCurrent);
            transport.Send("w"u8);
            lock (accepted)
            {
                accepted.Add(transport);
                if (accepted.Count == 6) all.SetResult();
            }
        });

        Socket[] peers = [.. Enumerable.Range(0, 6).Select(_ => TransportPair.Connect(listener.BoundEndPoint))];
        await all.Task.WaitAsync(LoopRunner.Patience);

        Assert.All(peers, peer => Assert.Equal(1, peer.Receive(new byte[4])));
        Assert.Equal(3, accepted.Count(transport => transport.Loop == runner.First));
        listener.Close();
        foreach (Socket peer in peers) peer.Dispose();
        foreach (Transport transport in accepted) await CloseAsync(transport);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ClosedListener_RefusesTheNextAndKeepsTheAccepted(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        IPEndPoint closed = (IPEndPoint)pair.Peer.RemoteEndPoint!;
        await pair.Runner.RunAsync(() => { });
        await pair.Runner.RunAsync(() => { });

        Assert.Throws<SocketException>(() => TransportPair.Connect(closed));
        pair.Peer.Send("alive"u8);

        Assert.Equal("alive", await pair.ReceiveSomeAsync());
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ManyShortConnections_LeaveNoEventForWhoeverInheritsTheirNumber(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);
        Listener listener = runner.Group.Listen(
            TransportPair.Any(v6: false), new ListenerOptions(), transport => transport.Observer = new EchoOnce(transport));

        for (int round = 0; round < 20; round++)
        {
            Socket[] peers = [.. Enumerable.Range(0, 16).Select(_ => TransportPair.Connect(listener.BoundEndPoint))];
            for (int i = 0; i < peers.Length; i++) peers[i].Send([(byte)(round * 16 + i)]);
            byte[] echo = new byte[8];
            for (int i = 0; i < peers.Length; i++)
            {
                Assert.Equal(1, peers[i].Receive(echo));
                Assert.Equal((byte)(round * 16 + i), echo[0]);
                peers[i].Dispose();
            }
        }

        listener.Close();
    }

    private static async Task TimesOutAsync(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);
        using Socket server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(TransportPair.Any(v6: false));
        server.Listen(0);
        // Nobody accepts: when the short queue is full, Linux drops further SYNs and the connect hangs.
        List<Socket> fill = [];
        for (int i = 0; i < 4; i++)
        {
            Socket one = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            fill.Add(one);
            _ = one.ConnectAsync(Name(server));
        }

        ConnectResult result = await LoopRunner.RunAsync(runner.First, () => runner.First.ConnectAsync(Name(server), Second / 20));

        Assert.Equal((null, SocketError.TimedOut), (result.Transport, result.Error));
        fill.ForEach(socket => socket.Dispose());
    }

    private static Task<bool> CloseAsync(Transport transport) => LoopRunner.RunAsync(transport.Loop, () =>
    {
        transport.Close();
        return true;
    });

    private static Socket Listening(bool v6)
    {
        Socket server = new(v6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(TransportPair.Any(v6));
        server.Listen();
        return server;
    }

    private static IPEndPoint Name(Socket server) => (IPEndPoint)server.LocalEndPoint!;

    /// <summary>Sends the first byte back and closes.</summary>
    private sealed class EchoOnce(Transport transport) : ITransportObserver
    {
        public void OnReadable()
        {
            byte[] room = new byte[8];
            int count = transport.Receive(room);
            if (count == Transport.WouldBlock) return;
            if (count > 0) transport.Send(room.AsSpan(0, count));
            transport.Close();
        }

        public void OnWritable()
        {
        }

        public void OnBroken()
        {
        }
    }
}
