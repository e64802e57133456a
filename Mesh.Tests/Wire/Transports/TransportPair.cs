using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;
using Xunit;

namespace Mesh.Tests.Wire.Transports;

/// <summary>Writes down what it is told.</summary>
internal sealed class Witness : ITransportObserver
{
    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();

    public void OnReadable() => _events.Writer.TryWrite("readable");

    public void OnWritable() => _events.Writer.TryWrite("writable");

    public void OnBroken() => _events.Writer.TryWrite("broken");

    /// <summary>Waits until this is told; what was told before it is forgotten.</summary>
    public async Task SeeAsync(string wanted)
    {
        while (await _events.Reader.ReadAsync().AsTask().WaitAsync(LoopRunner.Patience) != wanted)
        {
        }
    }
}

/// <summary>An accepted transport of a loop, and its peer: a plain blocking socket.</summary>
internal sealed class TransportPair : IAsyncDisposable
{
    private TransportPair(LoopRunner runner, Transport transport, Socket peer)
    {
        Runner = runner;
        Transport = transport;
        Peer = peer;
    }

    public LoopRunner Runner { get; }

    public Transport Transport { get; }

    public Socket Peer { get; }

    public Witness Witness { get; } = new();

    public static IPEndPoint Any(bool v6) => new(v6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, 0);

    public static async Task<TransportPair> OpenAsync(TransportKind kind, bool v6 = false, int peerReceiveBytes = 0)
    {
        LoopRunner runner = new(kind);
        TaskCompletionSource<Transport> accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Listener listener = runner.Group.Listen(Any(v6), new ListenerOptions(), accepted.SetResult);
        Socket peer = Connect(listener.BoundEndPoint, peerReceiveBytes);
        Transport transport = await accepted.Task.WaitAsync(LoopRunner.Patience);
        listener.Close();
        TransportPair pair = new(runner, transport, peer);
        await runner.RunAsync(() => transport.Observer = pair.Witness);
        return pair;
    }

    /// <summary>A plain peer whose reads and writes fail after a while instead of hanging.</summary>
    public static Socket Connect(IPEndPoint address, int receiveBytes = 0)
    {
        Socket peer = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveTimeout = 30_000,
            SendTimeout = 30_000,
            NoDelay = true,
        };
        if (receiveBytes > 0) peer.ReceiveBufferSize = receiveBytes;
        peer.Connect(address);
        return peer;
    }

    /// <summary>Receives on the loop, into that much room: the bytes as text, or the result when there are none.</summary>
    public Task<string> ReceiveAsync(int room = 4096) => Runner.RunAsync(() =>
    {
        byte[] buffer = new byte[room];
        int count = Transport.Receive(buffer);
        return count > 0
            ? System.Text.Encoding.Latin1.GetString(buffer, 0, count)
            : count.ToString(System.Globalization.CultureInfo.InvariantCulture);
    });

    /// <summary>Receives as often as it takes until there is something.</summary>
    public async Task<string> ReceiveSomeAsync(int room = 4096)
    {
        string got = await ReceiveAsync(room);
        while (got == "-1")
        {
            await Witness.SeeAsync("readable");
            got = await ReceiveAsync(room);
        }

        return got;
    }

    /// <summary>Sends numbered bytes until the system takes no more; how many it took.</summary>
    public Task<long> FillAsync() => Runner.RunAsync(() =>
    {
        long total = 0;
        byte[] piece = new byte[100_000];
        while (true)
        {
            for (int i = 0; i < piece.Length; i++) piece[i] = Pattern(total + i);
            int sent = Transport.Send(piece);
            if (sent > 0) total += sent;
            if (sent < piece.Length) return total;
        }
    });

    /// <summary>Reads at the peer to the end; how many bytes came, all of them in order.</summary>
    public Task<long> ReadPatternToEndAsync(long at = 0) => Task.Run(() =>
    {
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            int count = Peer.Receive(buffer);
            if (count == 0) return at;
            for (int i = 0; i < count; i++) Assert.Equal(Pattern(at + i), buffer[i]);
            at += count;
        }
    });

    public void ResetPeer()
    {
        Peer.LingerState = new LingerOption(true, 0);
        Peer.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Peer.Dispose();
        await Runner.RunAsync(Transport.Close);
        await Runner.DisposeAsync();
    }

    private static byte Pattern(long at) => (byte)(at * 7 + (at >> 9));
}
