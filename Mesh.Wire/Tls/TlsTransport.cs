using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using Mesh.Wire.Buffers;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Tls;

/// <summary>
/// TLS over another transport, itself a transport: what is above it does not see the difference. Handshakes run on the thread pool
/// (<see cref="TlsHandshake"/>); records are made and read on the loop.
/// </summary>
/// <remarks>
/// Hot path. A buffer for clear bytes is held only between two receives that did not take all. Encrypted bytes that the system did not take
/// are at most one record and what the framework adds: <see cref="Send"/> makes no further record before they are gone.
/// </remarks>
public sealed class TlsTransport : Transport, ITransportObserver, IDisposable
{
    /// <summary>Clear bytes of one record, RFC 8446 section 5.1.</summary>
    private const int RecordBytes = 16 * 1024;

    private readonly Transport _inner;
    private readonly TransportStream _stream;
    private readonly SslStream _ssl;
    private readonly Action _onRead;
    private readonly TlsLinger _linger;
    private ValueTask<int> _read;
    private byte[]? _clear;
    private int _start, _end;
    private bool _reading, _readingClear, _within;
    private bool _ended, _broken, _owesWritable, _sentEnd;

    internal TlsTransport(Transport inner, TransportStream stream, SslStream ssl, PeerCertificate? peer) : base(inner.Loop)
    {
        Peer = peer;
        Protocol = ssl.NegotiatedApplicationProtocol.ToString();
        ServerName = ssl.TargetHostName;
        _inner = inner;
        _stream = stream;
        _ssl = ssl;
        _onRead = OnRead;
        _linger = new TlsLinger(this);
        inner.Observer = this;
    }

    /// <summary>How long <see cref="Close"/> waits for the peer to take what was sent, before it resets.</summary>
    public static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(5);

    /// <summary>
    /// What TLS itself found wrong: an alert of the peer, a record that is none. Null while all is well, and when the bytes just ended.
    /// </summary>
    public string? Failure { get; private set; }

    /// <summary>What both sides agreed to speak inside (ALPN); empty: nothing was said of it.</summary>
    public string Protocol { get; }

    /// <summary>The host that the dialling side asked for (SNI); empty: none.</summary>
    public string ServerName { get; }

    /// <summary>Both sides agreed on HTTP/2, between nodes or with anybody.</summary>
    public bool IsHttp2 => Protocol is "h2" or "mesh/1";

    /// <summary>Who is behind it; null: the peer showed no certificate.</summary>
    public PeerCertificate? Peer { get; }

    public override bool PeerEnded => _ended || _broken || _inner.PeerEnded;

    public override IPEndPoint? PeerEndPoint => _inner.PeerEndPoint;

    public override ProxiedConnection? Proxied { get => _inner.Proxied; set => _inner.Proxied = value; }

    public override IPEndPoint? RedirectedFrom => _inner.RedirectedFrom;

    public override IPEndPoint? LocalEndPoint => _inner.LocalEndPoint;

    public override bool MayHaveUnread => _start < _end || !_reading;

    public override bool HasUnread()
    {
        if (IsClosed || PeerEnded || _start < _end) return true;
        Fill();
        return _start < _end || _ended || _broken;
    }

    public override int Receive(Span<byte> buffer)
    {
        if (IsClosed) return Broken;
        int total = 0;
        while (total < buffer.Length)
        {
            if (_start == _end) Fill();
            int count = Math.Min(_end - _start, buffer.Length - total);
            if (count == 0) break;
            _clear.AsSpan(_start, count).CopyTo(buffer[total..]);
            total += count;
            _start += count;
        }

        if (_start == _end && !_readingClear) Release();
        if (total > 0)
        {
            // Fewer bytes than asked for mean "wait to be told": the end that is already known must be told too.
            if (total < buffer.Length && (_ended || _broken)) Loop.Defer(static (self, _) => ((TlsTransport)self!).Observer?.OnReadable(), this);
            return total;
        }

        return _broken ? Broken : _ended ? 0 : WouldBlock;
    }

    public override int Peek(Span<byte> buffer)
    {
        if (IsClosed) return Broken;
        while (_end - _start < buffer.Length && Fill())
        {
        }

        int count = Math.Min(_end - _start, buffer.Length);
        if (count == 0) return _broken ? Broken : _ended ? 0 : WouldBlock;
        _clear.AsSpan(_start, count).CopyTo(buffer);
        return count;
    }

    public override int Send(ReadOnlySpan<byte> bytes, bool more = false)
    {
        if (IsClosed || _broken || _stream.IsBroken) return Broken;
        int taken = 0;
        try
        {
            while (taken < bytes.Length && _stream.IsFlushed)
            {
                ReadOnlySpan<byte> record = bytes[taken..Math.Min(bytes.Length, taken + RecordBytes)];
                _ssl.Write(record);
                if (_stream.IsBroken) return Broken;
                taken += record.Length;
            }
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException or System.Security.Authentication.AuthenticationException)
        {
            _broken = true;
            return Broken;
        }

        _owesWritable = taken < bytes.Length;
        return taken == 0 && bytes.Length > 0 ? WouldBlock : taken;
    }

    public override void BreakAfterSilence(TimeSpan silence) => _inner.BreakAfterSilence(silence);

    public override void ShutdownSend()
    {
        if (IsClosed || _sentEnd) return;
        _sentEnd = true;
        SayGoodbye();
        if (_stream.IsFlushed) _inner.ShutdownSend();
    }

    public override void Close()
    {
        if (IsClosed) return;
        IsClosed = true;
        Observer = null;
        if (!_sentEnd && !_broken) SayGoodbye();
        if (_stream.IsFlushed || _stream.IsBroken) Finish(abort: false);
        else _linger.Set(Loop, LoopTimer.In((long)LingerTime.TotalNanoseconds));
    }

    public override void Abort()
    {
        if (IsClosed) return;
        IsClosed = true;
        Observer = null;
        Finish(abort: true);
    }

    public void Dispose() => Abort();

    void ITransportObserver.OnReadable()
    {
        // A read ends here under no synchronization context: who went on now, and awaited something foreign, would come back off the loop.
        _within = true;
        _stream.OnReadable();
        _within = false;
        if (!_reading && !IsClosed) Observer?.OnReadable();
    }

    void ITransportObserver.OnWritable()
    {
        if (!_stream.TryFlush() && !_stream.IsBroken) return;
        if (IsClosed)
        {
            Finish(abort: _stream.IsBroken);
            return;
        }

        if (_sentEnd) _inner.ShutdownSend();
        if (!_owesWritable) return;
        _owesWritable = false;
        Observer?.OnWritable();
    }

    void ITransportObserver.OnBroken()
    {
        _broken = true;
        if (IsClosed) Finish(abort: true);
        else Observer?.OnBroken();
    }

    /// <summary>Clear bytes into the buffer, behind those that are there; or a read of nothing that waits for them. True: some came.</summary>
    private bool Fill()
    {
        if (_reading || _ended || _broken) return false;
        if (_start == _end) _start = _end = 0;
        if (_end == _clear?.Length || !TryStart(Memory<byte>.Empty, out _)) return false;
        _clear ??= BufferPool.Rent(RecordBytes);
        if (!TryStart(_clear.AsMemory(_end), out int count)) return false;
        _end += count;
        _ended = count == 0;
        return !_ended;
    }

    [SuppressMessage("Reliability", "CA2012", Justification = "Kept in one field and taken once, by whoever finds it complete.")]
    private bool TryStart(Memory<byte> buffer, out int count)
    {
        count = 0;
        _read = _ssl.ReadAsync(buffer);
        if (_read.IsCompleted) return TryTake(out count);
        _reading = true;
        _readingClear = !buffer.IsEmpty;
        _read.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onRead);
        return false;
    }

    private bool TryTake(out int count)
    {
        count = 0;
        try
        {
            count = _read.GetAwaiter().GetResult();
            return true;
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or InvalidOperationException
            or System.Security.Authentication.AuthenticationException or System.ComponentModel.Win32Exception)
        {
            _broken = true;
            if (!_inner.PeerEnded || fault is not IOException { InnerException: null }) Failure ??= fault.InnerException?.Message ?? fault.Message;
            return false;
        }
    }

    private void OnRead()
    {
        if (!Loop.IsCurrent)
        {
            Loop.Post(static (self, _) => ((TlsTransport)self!).OnRead(), this);
            return;
        }

        bool intoBuffer = _readingClear;
        _reading = _readingClear = false;
        if (TryTake(out int count) && intoBuffer)
        {
            _end += count;
            _ended = count == 0;
        }

        if (IsClosed) Release();
        else if (!_within) Observer?.OnReadable();
    }

    private void SayGoodbye()
    {
        try
        {
            _ = _ssl.ShutdownAsync();
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException)
        {
            _broken = true;
        }
    }

    internal void Finish(bool abort)
    {
        _linger.Remove(Loop);
        if (abort) _inner.Abort();
        else _inner.Close();
        _stream.End();
        if (!_readingClear) Release();
        _ssl.Dispose();
    }

    private void Release()
    {
        _start = _end = 0;
        if (_clear is null) return;
        BufferPool.Return(_clear);
        _clear = null;
    }
}
