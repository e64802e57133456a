using System.Net;
using System.Net.Sockets;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;
using Mesh.Wire.Transports.Epoll;
using Mesh.Wire.Transports.Sockets;
using Xunit;

namespace Mesh.Tests.Wire.Transports;

public sealed class DescriptorReserveTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(80, 69, 70, 74, 75)]
    [InlineData(20_000, 19_871, 19_872, 19_935, 19_936)]
    public void Clients_StopBeforeConnectionsToBackends(long limit, long lastClient, long reached, long lastBackend, long spent)
    {
        DescriptorReserve reserve = new(limit);

        Assert.False(reserve.IsReached(lastClient));
        Assert.True(reserve.IsReached(reached));
        Assert.False(reserve.IsSpent(lastBackend));
        Assert.True(reserve.IsSpent(spent));
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task Accepting_PausesAtTheReserveAndGoesOnAfterIt(TransportKind kind)
    {
        DescriptorReserve reserve = new(long.MaxValue);
        reserve.AcceptBelow(0);
        using EventLoop loop = Loop(kind, reserve);
        loop.Start();
        SemaphoreSlim accepted = new(0);
        Listener listener = loop.Listen(new IPEndPoint(IPAddress.Loopback, 0), new ListenerOptions(), socket =>
        {
            loop.Adopt(socket).Close();
            accepted.Release();
        });
        using TcpClient first = new();
        using TcpClient second = new();

        await first.ConnectAsync(listener.BoundEndPoint);
        bool firstCame = await accepted.WaitAsync(s_patience);
        await second.ConnectAsync(listener.BoundEndPoint);
        long pauses = listener.Exhaustions;
        int early = accepted.CurrentCount;
        reserve.AcceptBelow(long.MaxValue);
        bool secondCame = await accepted.WaitAsync(s_patience);

        Assert.True(firstCame);
        Assert.Equal(0, early);
        Assert.True(secondCame);
        await EventuallyOneAsync(() => Math.Max(pauses, listener.Exhaustions));
        listener.Close();
        await loop.StopAsync();
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task Connecting_FailsWhenHalfTheReserveIsGone(TransportKind kind)
    {
        using EventLoop loop = Loop(kind, new DescriptorReserve(0));
        loop.Start();
        using TcpListener server = new(IPAddress.Loopback, 0);
        server.Start();

        ConnectResult result = await LoopRunner.RunAsync(loop, () => loop.ConnectAsync((IPEndPoint)server.LocalEndpoint, 10_000_000_000));

        Assert.Null(result.Transport);
        Assert.Equal(SocketError.TooManyOpenSockets, result.Error);
        await loop.StopAsync();
    }

    private static EventLoop Loop(TransportKind kind, DescriptorReserve reserve) => kind == TransportKind.Epoll
        ? new EpollLoop(1, 7, static bug => throw bug) { Reserve = reserve }
        : new SocketLoop(1, 7, static bug => throw bug) { Reserve = reserve };

    private static async Task EventuallyOneAsync(Func<long> value)
    {
        using CancellationTokenSource late = new(s_patience);
        while (value() != 1)
        {
            late.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
