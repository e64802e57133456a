using System.Net;
using System.Net.Sockets;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Transports.Epoll;

/// <summary>A listening socket on an epoll loop, level triggered: what one turn does not accept, the next one does.</summary>
/// <remarks>
/// When no descriptor is left but the reserve the socket would stay ready and the loop would spin; so accepting pauses, and looks again each
/// <see cref="ExhaustionPauseNs"/>, while connections end.
/// </remarks>
internal sealed class EpollListener : Listener, IEpollHandle
{
    /// <summary>Connections accepted in one turn before others have theirs.</summary>
    private const int AcceptsPerTurn = 64;
    private const long ExhaustionPauseNs = 100_000_000;

    private readonly EpollLoop _loop;
    private readonly Socket _socket;
    private readonly int _descriptor;
    private readonly Action<AcceptedSocket> _accept;
    private readonly bool _keepAlive;
    private readonly ResumeTimer _resume;
    private bool _closed;

    public EpollListener(EpollLoop loop, IPEndPoint address, ListenerOptions options, Action<AcceptedSocket> accept)
    {
        _loop = loop;
        _accept = accept;
        _keepAlive = options.KeepAlive;
        _socket = ListenSockets.Open(address, options);
        _descriptor = (int)_socket.Handle;
        BoundEndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _resume = new ResumeTimer(this);
        loop.Post(static (self, _) => ((EpollListener)self!).Begin(), this);
    }

    public override IPEndPoint BoundEndPoint { get; }

    public override void Close() => _loop.Post(static (self, _) => ((EpollListener)self!).CloseOnLoop(), this);

    public void OnEvents(uint mask)
    {
        for (int i = 0; i < AcceptsPerTurn; i++)
        {
            int accepted;
            unsafe
            {
                accepted = Libc.accept4(_descriptor, null, null, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
            }

            if (accepted >= 0)
            {
                if (_keepAlive) EnableKeepAlive(accepted);
                _accept(new AcceptedSocket(accepted, null));
                if (!_loop.Reserve.IsReached(accepted)) continue;
                Pause();
                return;
            }

            int errno = Libc.Errno;
            if (errno is Libc.EMFILE or Libc.ENFILE or Libc.ENOBUFS or Libc.ENOMEM) Pause();
            // EAGAIN: none left. Everything else is an error of one connection that is gone already (accept(2)).
            if (errno != Libc.EINTR) return;
        }
    }

    private void Begin()
    {
        if (!_closed) _loop.Register(_descriptor, this, Libc.EPOLLIN);
    }

    private static unsafe void EnableKeepAlive(int descriptor)
    {
        int one = 1;
        _ = Libc.setsockopt(descriptor, Libc.SOL_SOCKET, Libc.SO_KEEPALIVE, &one, sizeof(int));
    }

    private void Pause()
    {
        Exhaustions++;
        _loop.Modify(_descriptor, 0);
        _resume.Set(_loop, EventLoop.NowNs + ExhaustionPauseNs);
    }

    private void CloseOnLoop()
    {
        if (_closed) return;
        _closed = true;
        _resume.Remove(_loop);
        _loop.Forget(_descriptor);
        _socket.Dispose();
    }

    private sealed class ResumeTimer(EpollListener listener) : LoopTimer
    {
        protected internal override void OnDeadline()
        {
            if (listener._loop.Reserve.IsReachedNow()) Set(listener._loop, EventLoop.NowNs + ExhaustionPauseNs);
            else listener._loop.Modify(listener._descriptor, Libc.EPOLLIN);
        }
    }
}
