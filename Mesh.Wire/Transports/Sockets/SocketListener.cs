using System.Net;
using System.Net.Sockets;

namespace Mesh.Wire.Transports.Sockets;

/// <summary>A listening socket of a <see cref="SocketLoop"/>.</summary>
internal sealed class SocketListener : Listener
{
    private static readonly TimeSpan s_exhaustionPause = TimeSpan.FromMilliseconds(100);
    private readonly Socket _socket;
    private volatile bool _closed;

    public SocketListener(SocketLoop loop, IPEndPoint address, ListenerOptions options, Action<AcceptedSocket> accept)
    {
        _socket = ListenSockets.Open(address, options);
        BoundEndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _ = AcceptAsync(loop, options, accept);
    }

    public override IPEndPoint BoundEndPoint { get; }

    public override void Close()
    {
        _closed = true;
        _socket.Dispose();
    }

    private async Task AcceptAsync(SocketLoop loop, ListenerOptions options, Action<AcceptedSocket> accept)
    {
        await Task.Yield();
        while (!_closed)
        {
            try
            {
                Socket socket = await _socket.AcceptAsync().ConfigureAwait(false);
                socket.NoDelay = options.NoDelay;
                if (options.KeepAlive) socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                AcceptedSocket accepted = new(0, socket);
                loop.Post(static (call, given) => ((Action<AcceptedSocket>)call!)((AcceptedSocket)given!), accept, accepted);
                if (loop.Reserve.IsReached(socket.Handle)) await PauseAsync(loop.Reserve).ConfigureAwait(false);
            }
            catch (SocketException error) when (error.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                await PauseAsync(loop.Reserve).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // One connection that was gone before it was accepted.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    /// <summary>Accepts nothing while only the reserve is left.</summary>
    private async Task PauseAsync(DescriptorReserve reserve)
    {
        Exhaustions++;
        do
        {
            await Task.Delay(s_exhaustionPause, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
        }
        while (!_closed && reserve.IsReachedNow());
    }
}
