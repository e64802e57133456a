using System.Net;
using System.Net.Sockets;

namespace Mesh.Tests.Actors.Remoting;

/// <summary>A wire between two nodes that can be cut (reset), stopped (nothing passes), or made to pass one byte at a time.</summary>
internal sealed class TestRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _sockets = [];
    private readonly CancellationTokenSource _end = new();
    private readonly int _piece;
    private readonly IPEndPoint _to;
    private volatile TaskCompletionSource? _stopped;

    public TestRelay(IPEndPoint to, int piece = 64 * 1024)
    {
        (_to, _piece) = (to, piece);
        _listener.Start();
        _ = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Takes nothing more from either side until disposed or reset.</summary>
    public void Stop() => _stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets everything pass again.</summary>
    public void Resume()
    {
        TaskCompletionSource? stopped = _stopped;
        _stopped = null;
        stopped?.TrySetResult();
    }

    /// <summary>Ends every connection with a RST on both sides.</summary>
    public void Reset()
    {
        Socket[] all;
        lock (_sockets)
        {
            all = [.. _sockets];
            _sockets.Clear();
        }

        foreach (Socket socket in all)
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        Resume();
        Reset();
        _end.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                Socket near = await _listener.AcceptSocketAsync(_end.Token);
                Socket far = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                near.NoDelay = true;
                await far.ConnectAsync(_to, _end.Token);
                lock (_sockets) _sockets.AddRange([near, far]);
                _ = Pass(near, far);
                _ = Pass(far, near);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The relay ends.
        }
    }

    private async Task Pass(Socket from, Socket to)
    {
        byte[] buffer = new byte[_piece];
        try
        {
            while (true)
            {
                int count = await from.ReceiveAsync(buffer, _end.Token);
                if (_stopped is { } stopped) await stopped.Task;
                if (count == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }

                for (int sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _end.Token);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side is gone.
        }
    }
}
