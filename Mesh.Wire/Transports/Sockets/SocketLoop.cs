using System.Net;
using System.Net.Sockets;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Transports.Sockets;

/// <summary>
/// A loop over System.Net.Sockets, for every system that has no epoll: completions arrive on the framework's threads and are posted here,
/// so that the rules of a loop (one thread, no locks) hold alike. It costs two more thread hops per event than <see cref="Epoll.EpollLoop"/>.
/// </summary>
internal sealed class SocketLoop(int index, ulong seed, Action<Exception> onBug) : EventLoop(index, seed, onBug)
{
    private readonly SemaphoreSlim _wake = new(0);
    private int _sleeping;

    /// <summary>Descriptors that traffic leaves alone.</summary>
    internal DescriptorReserve Reserve { get; init; } = DescriptorReserve.OfProcess;

    public override Listener Listen(IPEndPoint address, ListenerOptions options, Action<AcceptedSocket> accept) =>
        new SocketListener(this, address, options, accept);

    public override Transport Adopt(AcceptedSocket socket) => new SocketTransport(this, socket.Socket!);

    public override async ValueTask<ConnectResult> ConnectAsync(IPEndPoint address, long timeoutNs, Action<IPEndPoint>? leaving = null)
    {
        Socket? socket = null;
        long milliseconds = timeoutNs / 1_000_000;
        using CancellationTokenSource timeout = new(milliseconds > int.MaxValue ? -1 : (int)milliseconds);
        try
        {
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (Reserve.IsSpent(socket.Handle)) throw new SocketException((int)SocketError.TooManyOpenSockets);
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            await socket.ConnectAsync(address, timeout.Token);
            SocketTransport transport = new(this, socket);
            if (transport.LocalEndPoint is { } near) leaving?.Invoke(near);
            return new ConnectResult(transport, SocketError.Success);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            socket?.Dispose();
            return new ConnectResult(null, error is SocketException refused ? refused.SocketErrorCode : SocketError.TimedOut);
        }
    }

    protected override void Wake()
    {
        if (Interlocked.Exchange(ref _sleeping, 0) == 1) _wake.Release();
    }

    protected override void WaitAndDispatch(long timeoutNs)
    {
        if (timeoutNs != 0)
        {
            Interlocked.Exchange(ref _sleeping, 1);
            if (!HasPosted) _wake.Wait(timeoutNs < 0 ? -1 : (int)Math.Min((timeoutNs + 999_999) / 1_000_000, int.MaxValue));
            // A waker that took the flag down has released, or is about to: a spare permit costs one empty turn.
            Interlocked.Exchange(ref _sleeping, 0);
        }

        TurnBegins();
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _wake.Dispose();
    }
}
