using System.Net;
using System.Net.Sockets;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Transports.Epoll;

/// <summary>A connect in progress: it waits for writability, then asks the socket how it went. Cold: one object for each new connection.</summary>
internal sealed unsafe class EpollConnect : LoopTimer, IEpollHandle
{
    private readonly EpollLoop _loop;
    private readonly int _descriptor;
    private readonly LoopSource<ConnectResult> _done = new();

    private EpollConnect(EpollLoop loop, int descriptor)
    {
        _loop = loop;
        _descriptor = descriptor;
    }

    public static ValueTask<ConnectResult> StartAsync(EpollLoop loop, IPEndPoint address, long timeoutNs, Action<IPEndPoint>? leaving)
    {
        bool v4 = address.AddressFamily == AddressFamily.InterNetwork;
        const int LinuxInet = 2;
        const int LinuxInet6 = 10;
        int descriptor = Libc.socket(v4 ? LinuxInet : LinuxInet6, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0);
        if (descriptor < 0) return Failed(Libc.Errno);
        if (loop.Reserve.IsSpent(descriptor))
        {
            _ = Libc.close(descriptor);
            return Failed(Libc.EMFILE);
        }

        int one = 1;
        _ = Libc.setsockopt(descriptor, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, &one, sizeof(int));
        _ = Libc.setsockopt(descriptor, Libc.SOL_SOCKET, Libc.SO_KEEPALIVE, &one, sizeof(int));
        SocketAddress native = address.Serialize();
        int result;
        fixed (byte* pointer = native.Buffer.Span) result = Libc.connect(descriptor, pointer, native.Size);
        int errno = result == 0 ? 0 : Libc.Errno;
        if (errno != 0 && errno != Libc.EINPROGRESS)
        {
            _ = Libc.close(descriptor);
            return Failed(errno);
        }

        if (leaving is not null && EpollTransport.Name(descriptor, peer: false) is { } near) leaving(near);
        EpollConnect connect = new(loop, descriptor);
        ValueTask<ConnectResult> done = connect._done.Arm();
        try
        {
            loop.Register(descriptor, connect);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            loop.CloseLater(descriptor);
            return new ValueTask<ConnectResult>(new ConnectResult(null, SocketError.NoBufferSpaceAvailable));
        }

        connect.Set(loop, In(timeoutNs));
        return done;
    }

    public void OnEvents(uint mask)
    {
        if ((mask & (Libc.EPOLLOUT | Libc.EPOLLERR | Libc.EPOLLHUP)) == 0) return;
        Remove(_loop);
        int error = 0;
        int length = sizeof(int);
        if (Libc.getsockopt(_descriptor, Libc.SOL_SOCKET, Libc.SO_ERROR, &error, &length) != 0) error = Libc.Errno;
        if (error != 0)
        {
            Fail(EpollLoop.ToSocketError(error));
            return;
        }

        EpollTransport transport = new(_loop, _descriptor);
        _loop.Replace(_descriptor, transport);
        // What came with the same event (a server that speaks first, or hangs up at once) is told to the transport: the edge will not come again.
        transport.OnEvents(mask & ~Libc.EPOLLOUT);
        _done.Complete(new ConnectResult(transport, SocketError.Success));
    }

    protected internal override void OnDeadline() => Fail(SocketError.TimedOut);

    private static ValueTask<ConnectResult> Failed(int errno) => new(new ConnectResult(null, EpollLoop.ToSocketError(errno)));

    private void Fail(SocketError error)
    {
        _loop.CloseLater(_descriptor);
        _done.Complete(new ConnectResult(null, error));
    }
}
