using System.Net;
using System.Net.Sockets;

namespace Mesh.Wire.Transports.Epoll;

/// <summary>A connected TCP socket on an epoll loop.</summary>
/// <remarks>
/// Hot path. Readiness is remembered, so that a receive which took less than it asked for is known to have emptied the socket and the
/// extra call that would say EAGAIN is saved (epoll(7), "edge-triggered and streams"). After the peer's FIN the memory stays set: the
/// end of the stream must still be read.
/// </remarks>
internal sealed unsafe class EpollTransport(EpollLoop loop, int descriptor) : Transport(loop), IEpollHandle
{
    private bool _readable;
    private bool _writable = true;
    private bool _peerEnded;
    private bool _broken;
    private bool _sentEnd;

    public override bool PeerEnded => _peerEnded || _broken;

    public override IPEndPoint? PeerEndPoint => IsClosed ? null : Name(descriptor, peer: true);

    public override IPEndPoint? LocalEndPoint => IsClosed ? null : Name(descriptor, peer: false);

    public override IPEndPoint? RedirectedFrom => Transports.OriginalDestination.Of(LocalEndPoint, (level, name, value) =>
    {
        int length = value.Length;
        fixed (byte* pointer = value) return Libc.getsockopt(descriptor, level, name, pointer, &length) == 0;
    });

    public void OnEvents(uint mask)
    {
        if ((mask & Libc.EPOLLRDHUP) != 0) _peerEnded = true;
        if ((mask & (Libc.EPOLLERR | Libc.EPOLLHUP)) != 0 && !_broken)
        {
            // HUP alone also comes after both sides ended in order: then there is nobody left to be told of a break.
            _broken = (mask & Libc.EPOLLERR) != 0 || !_sentEnd;
            _readable = true;
            if (_broken) Observer?.OnBroken();
        }

        if (!_writable && (mask & (Libc.EPOLLOUT | Libc.EPOLLERR | Libc.EPOLLHUP)) != 0 && !IsClosed)
        {
            _writable = true;
            Observer?.OnWritable();
        }

        if ((mask & (Libc.EPOLLIN | Libc.EPOLLRDHUP | Libc.EPOLLERR | Libc.EPOLLHUP)) != 0 && !IsClosed)
        {
            _readable = true;
            Observer?.OnReadable();
        }
    }

    public override int Receive(Span<byte> buffer)
    {
        if (!_readable) return IsClosed ? Broken : WouldBlock;
        if (IsClosed) return Broken;
        while (true)
        {
            nint count;
            fixed (byte* pointer = buffer) count = Libc.recv(descriptor, pointer, buffer.Length, 0);
            if (count > 0)
            {
                if (count < buffer.Length && !_peerEnded && !_broken) _readable = false;
                return (int)count;
            }

            if (count == 0)
            {
                _peerEnded = true;
                return 0;
            }

            int errno = Libc.Errno;
            if (errno == Libc.EINTR) continue;
            if (errno != Libc.EAGAIN) return Broken;
            _readable = false;
            return WouldBlock;
        }
    }

    public override int Peek(Span<byte> buffer)
    {
        if (IsClosed) return Broken;
        if (!_readable) return WouldBlock;
        nint count;
        fixed (byte* pointer = buffer) count = Libc.recv(descriptor, pointer, buffer.Length, Libc.MSG_PEEK | Libc.MSG_DONTWAIT);
        if (count > 0) return (int)count;
        if (count == 0)
        {
            _peerEnded = true;
            return 0;
        }

        if (Libc.Errno is not (Libc.EAGAIN or Libc.EINTR)) return Broken;
        _readable = false;
        return WouldBlock;
    }

    public override bool MayHaveUnread => _readable;

    public override bool HasUnread()
    {
        if (IsClosed || PeerEnded) return true;
        byte one;
        nint count = Libc.recv(descriptor, &one, 1, Libc.MSG_PEEK | Libc.MSG_DONTWAIT);
        if (count >= 0 || Libc.Errno is not (Libc.EAGAIN or Libc.EINTR)) return true;
        _readable = false;
        return false;
    }

    public override int Send(ReadOnlySpan<byte> bytes, bool more = false)
    {
        if (!_writable) return IsClosed ? Broken : WouldBlock;
        if (IsClosed) return Broken;
        int flags = more ? Libc.MSG_NOSIGNAL | Libc.MSG_MORE : Libc.MSG_NOSIGNAL;
        while (true)
        {
            nint count;
            fixed (byte* pointer = bytes) count = Libc.send(descriptor, pointer, bytes.Length, flags);
            if (count >= 0)
            {
                if (count < bytes.Length) _writable = false;
                return (int)count;
            }

            int errno = Libc.Errno;
            if (errno == Libc.EINTR) continue;
            if (errno != Libc.EAGAIN && errno != Libc.ENOBUFS)
            {
                _broken = true;
                return Broken;
            }

            _writable = false;
            return WouldBlock;
        }
    }

    public override void ShutdownSend()
    {
        if (IsClosed || _sentEnd) return;
        _sentEnd = true;
        _ = Libc.shutdown(descriptor, Libc.SHUT_WR);
    }

    public override void Close()
    {
        if (IsClosed) return;
        IsClosed = true;
        Observer = null;
        loop.CloseLater(descriptor);
    }

    public override void Abort()
    {
        if (IsClosed) return;
        // struct linger { on = 1, seconds = 0 }: close sends RST (tcp(7)).
        long linger = 1;
        _ = Libc.setsockopt(descriptor, Libc.SOL_SOCKET, Libc.SO_LINGER, &linger, sizeof(long));
        Close();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// With a user timeout the kernel counts time, not probes: three unanswered ones fit between half of it and all of it (tcp(7)).
    /// </remarks>
    public override void BreakAfterSilence(TimeSpan silence)
    {
        if (IsClosed) return;
        const int Probes = 3;
        int seconds = (int)silence.TotalSeconds;
        Option(Libc.TCP_USER_TIMEOUT, (int)silence.TotalMilliseconds);
        Option(Libc.TCP_KEEPIDLE, Math.Max(1, seconds / 2));
        Option(Libc.TCP_KEEPINTVL, Math.Max(1, seconds / (2 * Probes)));
        Option(Libc.TCP_KEEPCNT, Probes);

        void Option(int name, int value) => _ = Libc.setsockopt(descriptor, Libc.IPPROTO_TCP, name, &value, sizeof(int));
    }

    /// <summary>Of a socket; null where it has none.</summary>
    internal static IPEndPoint? Name(int descriptor, bool peer)
    {
        SocketAddress address = new(AddressFamily.InterNetworkV6);
        int length = address.Size;
        fixed (byte* pointer = address.Buffer.Span)
        {
            int result = peer ? Libc.getpeername(descriptor, pointer, &length) : Libc.getsockname(descriptor, pointer, &length);
            if (result != 0) return null;
        }

        address.Size = length;
        IPEndPoint template = address.Family == AddressFamily.InterNetwork ? new IPEndPoint(IPAddress.Any, 0) : new IPEndPoint(IPAddress.IPv6Any, 0);
        IPEndPoint name = (IPEndPoint)template.Create(address);
        return name.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(name.Address.MapToIPv4(), name.Port) : name;
    }
}
