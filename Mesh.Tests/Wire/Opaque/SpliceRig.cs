using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Tests.Wire.Loops;
using Mesh.Tests.Wire.Transports;
using Mesh.Wire.Loops;
using Mesh.Wire.Opaque;
using Mesh.Wire.Transports;
using Xunit;

namespace Mesh.Tests.Wire.Opaque;

/// <summary>A splice between two real connections of one loop, and the plain sockets at both ends.</summary>
internal sealed class SpliceRig : IAsyncDisposable
{
    private SpliceRig(LoopRunner runner, Socket client, Socket server)
    {
        Runner = runner;
        Client = client;
        Server = server;
    }

    public LoopRunner Runner { get; }

    public Socket Client { get; }

    public Socket Server { get; }

    public Splice Splice { get; private set; } = null!;

    public Task<SpliceEnd> End { get; private set; } = null!;

    /// <summary>Waited for with patience.</summary>
    public Task<SpliceEnd> EndAsync() => End.WaitAsync(LoopRunner.Patience);

    public static async Task<SpliceRig> OpenAsync(
        TransportKind kind, SpliceSettings? settings = null, string ahead = "", int receiveBytes = 0, LoopRunner? shared = null)
    {
        LoopRunner runner = shared ?? new LoopRunner(kind);
        (Transport up, Socket client) = await PairAsync(runner, receiveBytes);
        (Transport down, Socket server) = await PairAsync(runner, receiveBytes);
        SpliceRig rig = new(runner, client, server);
        await runner.RunAsync(() =>
        {
            rig.Splice = new Splice(up, down, settings ?? new SpliceSettings());
            rig.End = rig.Splice.RunAsync(Encoding.Latin1.GetBytes(ahead));
        });
        return rig;
    }

    /// <summary>Exactly that text comes.</summary>
    public static async Task ReadsAsync(Socket socket, string expected)
    {
        byte[] room = new byte[expected.Length];
        int count = 0;
        while (count < room.Length)
        {
            int got = await socket.ReceiveAsync(room.AsMemory(count)).AsTask().WaitAsync(LoopRunner.Patience);
            if (got == 0) break;
            count += got;
        }

        Assert.Equal(expected, Encoding.Latin1.GetString(room, 0, count));
    }

    /// <summary>The end comes, and nothing before it.</summary>
    public static async Task EndsAsync(Socket socket) =>
        Assert.Equal(0, await socket.ReceiveAsync(new byte[1]).WaitAsync(LoopRunner.Patience));

    /// <summary>A reset comes, and nothing before it.</summary>
    public static async Task BreaksAsync(Socket socket)
    {
        SocketException error = await Assert.ThrowsAsync<SocketException>(
            () => socket.ReceiveAsync(new byte[1]).WaitAsync(LoopRunner.Patience));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
    }

    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>Bytes up and down. Asked on the loop, between two turns: the far end may read bytes before the splice has counted them.</summary>
    public Task<(long Up, long Down)> BytesAsync() => Runner.RunAsync(() => (Splice.BytesUp, Splice.BytesDown));

    /// <summary>Waits until it holds; looked at on the loop, once a turn.</summary>
    public async Task UntilAsync(Func<bool> holds)
    {
        using CancellationTokenSource late = new(LoopRunner.Patience);
        while (!await Runner.RunAsync(holds))
        {
            late.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Leaves a shared runner to whoever shares it.</summary>
    public async Task CloseAsync()
    {
        Client.Dispose();
        Server.Dispose();
        await Runner.RunAsync(Splice.Abort);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await Runner.DisposeAsync();
    }

    private static async Task<(Transport Transport, Socket Peer)> PairAsync(LoopRunner runner, int receiveBytes)
    {
        TaskCompletionSource<Transport> accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Listener listener = runner.Group.Listen(new IPEndPoint(IPAddress.Loopback, 0), new ListenerOptions(), accepted.SetResult);
        Socket peer = TransportPair.Connect(listener.BoundEndPoint, receiveBytes);
        Transport transport = await accepted.Task.WaitAsync(LoopRunner.Patience);
        listener.Close();
        return (transport, peer);
    }
}
