using System.Net;
using System.Net.Sockets;
using Mesh.Wire.Buffers;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Transports.Sockets;

/// <summary>
/// A socket of the framework made to look ready or not: a zero-byte receive always waits for bytes, and what does not fit at once leaves
/// through a copy.
/// </summary>
internal sealed class SocketTransport : Transport, IDisposable
{
    /// <summary>The most that one asynchronous send carries, bytes: the copy that back-pressure waits for.</summary>
    private const int PendingSendBytes = 64 * 1024;

    private readonly Socket _socket;

    /// <summary>Ends the watch before the socket is disposed: the framework would reset a connection that a call still waits on.</summary>
    private readonly CancellationTokenSource _closing = new();
    private bool _readable;
    private bool _sending;
    private bool _shutdownAfterSend;
    private bool _closeAfterSend;
    private bool _peerEnded;
    private bool _broken;

    public SocketTransport(EventLoop loop, Socket socket) : base(loop)
    {
        _socket = socket;
        _socket.Blocking = false;
        PeerEndPoint = Unmapped(_socket.RemoteEndPoint as IPEndPoint);
        LocalEndPoint = Unmapped(_socket.LocalEndPoint as IPEndPoint);
        _ = WatchAsync();
    }

    public override bool PeerEnded => _peerEnded || _broken;

    public override IPEndPoint? PeerEndPoint { get; }

    public override IPEndPoint? LocalEndPoint { get; }

    public override IPEndPoint? RedirectedFrom => Transports.OriginalDestination.Of(LocalEndPoint, (level, name, value) =>
    {
        try
        {
            _ = _socket.GetRawSocketOption(level, name, value);
            return true;
        }
        catch (Exception none) when (none is SocketException or ObjectDisposedException)
        {
            return false;
        }
    });

    public override int Receive(Span<byte> buffer)
    {
        if (IsClosed) return Broken;
        if (!_readable) return WouldBlock;
        int count = _socket.Receive(buffer, SocketFlags.None, out SocketError error);
        if (error == SocketError.Success)
        {
            if (count == 0 && _broken) return Broken;
            _peerEnded |= count == 0;
            if (count > 0 && count < buffer.Length) WatchAgain();
            return count;
        }

        if (error != SocketError.WouldBlock) return Broken;
        WatchAgain();
        return WouldBlock;
    }

    public override int Peek(Span<byte> buffer)
    {
        if (IsClosed) return Broken;
        if (!_readable) return WouldBlock;
        int count = _socket.Receive(buffer, SocketFlags.Peek, out SocketError error);
        if (error == SocketError.Success)
        {
            _peerEnded |= count == 0;
            return count == 0 && _broken ? Broken : count;
        }

        if (error != SocketError.WouldBlock) return Broken;
        WatchAgain();
        return WouldBlock;
    }

    public override bool MayHaveUnread => _readable;

    public override bool HasUnread()
    {
        if (IsClosed || PeerEnded || _socket.Poll(0, SelectMode.SelectRead)) return true;
        if (_readable) WatchAgain();
        return false;
    }

    public override int Send(ReadOnlySpan<byte> bytes, bool more = false)
    {
        if (IsClosed || _broken) return Broken;
        if (_sending) return WouldBlock;
        int sent = _socket.Send(bytes, SocketFlags.None, out SocketError error);
        if (error is not SocketError.Success and not SocketError.WouldBlock)
        {
            _broken = true;
            return Broken;
        }

        if (error == SocketError.WouldBlock) sent = 0;
        if (sent == bytes.Length) return sent;
        int copied = Math.Min(bytes.Length - sent, PendingSendBytes);
        byte[] copy = BufferPool.Rent(copied);
        bytes.Slice(sent, copied).CopyTo(copy);
        _sending = true;
        _ = SendCopyAsync(copy, copied);
        return sent + copied;
    }

    /// <inheritdoc/>
    public override void BreakAfterSilence(TimeSpan silence)
    {
        if (IsClosed) return;
        const int Probes = 3;
        int seconds = (int)silence.TotalSeconds;
        _socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, Math.Max(1, seconds / 2));
        _socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Math.Max(1, seconds / (2 * Probes)));
        _socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
    }

    public override void ShutdownSend()
    {
        if (IsClosed) return;
        if (_sending)
        {
            _shutdownAfterSend = true;
            return;
        }

        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The peer was faster.
        }
    }

    public override void Close()
    {
        if (IsClosed) return;
        IsClosed = true;
        Observer = null;
        _closing.Cancel();
        if (_sending) _closeAfterSend = true;
        else Dispose();
    }

    public override void Abort()
    {
        if (IsClosed) return;
        IsClosed = true;
        Observer = null;
        try
        {
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (SocketException)
        {
            // The peer was faster.
        }

        _closing.Cancel();
        Dispose();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _closing.Dispose();
    }

    /// <summary>Read dry: whatever comes next is told.</summary>
    private void WatchAgain()
    {
        _readable = false;
        _ = WatchAsync();
    }

    /// <summary>Waits for bytes, the end or an error, off the loop; then tells the observer on it.</summary>
    private async Task WatchAsync()
    {
        bool failed = false;
        try
        {
            await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, _closing.Token).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            failed = true;
        }
        catch (Exception over) when (over is ObjectDisposedException or OperationCanceledException)
        {
            return;
        }

        Loop.Post(static (self, broken) => ((SocketTransport)self!).Readable(broken is not null), this, failed ? this : null);
    }

    private void Readable(bool failed)
    {
        if (IsClosed) return;
        _readable = true;
        // On Unix a wait for bytes ends well when a reset comes; the socket knows better, once.
        if (!_broken && (failed || _socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is not 0))
        {
            _broken = true;
            Observer?.OnBroken();
        }

        if (!IsClosed) Observer?.OnReadable();
    }

    private async Task SendCopyAsync(byte[] copy, int count)
    {
        bool failed = false;
        try
        {
            for (int sent = 0; sent < count;)
            {
                sent += await _socket.SendAsync(copy.AsMemory(sent, count - sent), SocketFlags.None).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            failed = true;
        }

        Loop.Post(static (self, state) => ((SocketTransport)self!).Sent((SentCopy)state!), this, new SentCopy(copy, failed));
    }

    private void Sent(SentCopy copy)
    {
        BufferPool.Return(copy.Bytes);
        _sending = false;
        if (_closeAfterSend) Dispose();
        if (IsClosed) return;
        if (copy.Failed && !_broken)
        {
            _broken = true;
            Observer?.OnBroken();
            if (IsClosed) return;
        }

        if (_shutdownAfterSend) ShutdownSend();
        Observer?.OnWritable();
    }

    private static IPEndPoint? Unmapped(IPEndPoint? point) =>
        point is { Address.IsIPv4MappedToIPv6: true } ? new IPEndPoint(point.Address.MapToIPv4(), point.Port) : point;

    private sealed record SentCopy(byte[] Bytes, bool Failed);
}
