using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Transports.Epoll;

/// <summary>
/// A loop over Linux epoll, edge triggered: a connection is registered once for its whole life, so the steady cost of a request is its
/// own receives and sends and a share of one wait.
/// </summary>
/// <remarks>
/// A file descriptor number may be given to a new connection as soon as it is closed. So descriptors closed during a batch of events are
/// closed after it: an event of the old owner that still lies in the batch then finds nobody, never the new owner.
/// </remarks>
internal sealed unsafe class EpollLoop : EventLoop
{
    private const int EventsPerWait = 256;
    private readonly int _epoll;
    private readonly int _wake;
    private readonly byte* _events = (byte*)NativeMemory.Alloc(EventsPerWait * 16);
    private readonly List<int> _closing = [];
    private IEpollHandle?[] _handles = new IEpollHandle?[1024];
    private int _sleeping;

    public EpollLoop(int index, ulong seed, Action<Exception> onBug) : base(index, seed, onBug)
    {
        _epoll = Check(Libc.epoll_create1(Libc.EPOLL_CLOEXEC), "epoll_create1");
        _wake = Check(Libc.eventfd(0, Libc.EFD_NONBLOCK | Libc.EFD_CLOEXEC), "eventfd");
        Control(Libc.EPOLL_CTL_ADD, _wake, Libc.EPOLLIN | Libc.EPOLLET);
    }

    /// <summary>Descriptors that traffic leaves alone.</summary>
    internal DescriptorReserve Reserve { get; init; } = DescriptorReserve.OfProcess;

    public override Listener Listen(IPEndPoint address, ListenerOptions options, Action<AcceptedSocket> accept) =>
        new EpollListener(this, address, options, accept);

    public override Transport Adopt(AcceptedSocket socket)
    {
        EpollTransport transport = new(this, socket.Descriptor);
        try
        {
            Register(socket.Descriptor, transport);
            return transport;
        }
        catch
        {
            // No memory in the kernel, or fs.epoll.max_user_watches reached: the connection cannot be served, but must not leak either.
            transport.Abort();
            throw;
        }
    }

    public override ValueTask<ConnectResult> ConnectAsync(IPEndPoint address, long timeoutNs, Action<IPEndPoint>? leaving = null) =>
        EpollConnect.StartAsync(this, address, timeoutNs, leaving);

    internal void Register(int descriptor, IEpollHandle handle, uint mask = Libc.EPOLLIN | Libc.EPOLLOUT | Libc.EPOLLRDHUP | Libc.EPOLLET)
    {
        if (descriptor >= _handles.Length) Array.Resize(ref _handles, Math.Max(_handles.Length * 2, descriptor + 1));
        _handles[descriptor] = handle;
        Control(Libc.EPOLL_CTL_ADD, descriptor, mask);
    }

    /// <summary>Gives a registered descriptor's events to another owner: a connect that became a transport.</summary>
    internal void Replace(int descriptor, IEpollHandle handle) => _handles[descriptor] = handle;

    internal void Modify(int descriptor, uint mask) => Control(Libc.EPOLL_CTL_MOD, descriptor, mask);

    /// <summary>Closes after the present batch of events. Closing removes the descriptor from the epoll set.</summary>
    internal void CloseLater(int descriptor)
    {
        _handles[descriptor] = null;
        _closing.Add(descriptor);
    }

    /// <summary>Takes a descriptor out without closing it: its owner does.</summary>
    internal void Forget(int descriptor)
    {
        if (_handles.Length <= descriptor || _handles[descriptor] is null) return;
        _handles[descriptor] = null;
        Control(Libc.EPOLL_CTL_DEL, descriptor, 0);
    }

    protected override void Wake()
    {
        if (Interlocked.Exchange(ref _sleeping, 0) == 0) return;
        ulong one = 1;
        _ = Libc.write(_wake, &one, sizeof(ulong));
    }

    protected override void WaitAndDispatch(long timeoutNs)
    {
        CloseDescriptors();
        if (timeoutNs != 0)
        {
            // The flag goes up before the queue is looked at: a poster either sees it and writes, or its work is seen here.
            Interlocked.Exchange(ref _sleeping, 1);
            if (HasPosted) timeoutNs = 0;
        }

        int timeoutMs = timeoutNs < 0 ? -1 : (int)Math.Min((timeoutNs + 999_999) / 1_000_000, int.MaxValue);
        int count = Libc.epoll_wait(_epoll, (EpollEvent*)_events, EventsPerWait, timeoutMs);
        Volatile.Write(ref _sleeping, 0);
        TurnBegins();
        for (int i = 0; i < count; i++)
        {
            int descriptor = EpollEvents.Descriptor(_events, i);
            if (descriptor == _wake) DrainWake();
            else if (_handles[descriptor] is { } handle) Dispatch(handle, EpollEvents.Mask(_events, i));
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        CloseDescriptors();
        _ = Libc.close(_epoll);
        _ = Libc.close(_wake);
        NativeMemory.Free(_events);
    }

    private void Dispatch(IEpollHandle handle, uint mask)
    {
        try
        {
            handle.OnEvents(mask);
        }
        catch (Exception bug)
        {
            OnBug(bug);
        }
    }

    private void DrainWake()
    {
        ulong value;
        _ = Libc.read(_wake, &value, sizeof(ulong));
    }

    private void CloseDescriptors()
    {
        if (_closing.Count == 0) return;
        foreach (int descriptor in _closing) _ = Libc.close(descriptor);
        _closing.Clear();
    }

    private void Control(int operation, int descriptor, uint mask)
    {
        byte* room = stackalloc byte[16];
        EpollEvents.Write(room, mask, descriptor);
        _ = Check(Libc.epoll_ctl(_epoll, operation, descriptor, room), "epoll_ctl");
    }

    internal static int Check(int result, string call) =>
        result >= 0 ? result : throw new Win32Exception(Libc.Errno, $"{call} failed: {Marshal.GetPInvokeErrorMessage(Libc.Errno)}");

    internal static SocketError ToSocketError(int errno) => errno switch
    {
        111 => SocketError.ConnectionRefused,
        113 => SocketError.HostUnreachable,
        101 => SocketError.NetworkUnreachable,
        110 => SocketError.TimedOut,
        99 => SocketError.AddressNotAvailable,
        97 => SocketError.AddressFamilyNotSupported,
        13 or 1 => SocketError.AccessDenied,
        104 => SocketError.ConnectionReset,
        Libc.EMFILE or Libc.ENFILE => SocketError.TooManyOpenSockets,
        Libc.ENOBUFS or Libc.ENOMEM => SocketError.NoBufferSpaceAvailable,
        _ => SocketError.SocketError,
    };
}

/// <summary>Whoever is told of a descriptor's events.</summary>
internal interface IEpollHandle
{
    void OnEvents(uint mask);
}
