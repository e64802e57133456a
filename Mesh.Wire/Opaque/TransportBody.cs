using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Opaque;

/// <summary>
/// A connection whose bytes nobody reads, in the shape of an exchange's bodies: what arrives is pulled, what leaves is pushed. So one pump serves a
/// raw connection on one side and a stream of HTTP/2 on the other.
/// </summary>
/// <remarks>
/// Hot path. Owns the transport. One reader and one writer at a time. A buffer is held from a read to the next one, none while a read waits.
/// </remarks>
public sealed class TransportBody : LoopTimer, IBodySource, IBodySink, ITransportObserver
{
    private readonly Transport _transport;
    private readonly long _idleNs;
    private readonly Http1Sender _sender;
    private readonly LoopSource<BodyRead> _waiting = new();
    private byte[]? _buffer;
    private int _ahead;
    private bool _lent;
    private BodyStatus _failure;
    private bool _over;

    /// <param name="transport">Whose bytes they are.</param>
    /// <param name="idleNs">How long no byte may move, either way: reads fail then. <see cref="LoopTimer.Never"/>: for ever.</param>
    /// <param name="ahead">What was already read of it; at most <see cref="MaxAhead"/> bytes, copied.</param>
    public TransportBody(Transport transport, long idleNs, ReadOnlySpan<byte> ahead = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ahead.Length, MaxAhead);
        _transport = transport;
        _idleNs = idleNs;
        _sender = new Http1Sender(transport) { Framing = BodyFraming.UntilClose };
        transport.Observer = this;
        Touch();
        if (ahead.IsEmpty) return;
        _ahead = ahead.Length;
        ahead.CopyTo(RentRoom());
    }

    /// <summary>Bytes that may have been read before: one piece.</summary>
    public const int MaxAhead = BufferPool.Large - BodyRead.RoomBefore - BodyRead.RoomAfter;

    public EventLoop Loop => _transport.Loop;

    /// <summary>The connection itself; for its addresses.</summary>
    public Transport Transport => _transport;

    /// <summary>The peer has sent its last byte, and it was read.</summary>
    public bool IsBodyRead { get; private set; }

    /// <summary>Bytes have none.</summary>
    public TrailerSection? Trailers => null;

    public long BytesReceived { get; private set; }

    public long BytesSent => _sender.BytesSent;

    public bool TryReadBody(out BodyRead read)
    {
        _lent = false;
        if (_failure != default)
        {
            read = BodyRead.Failure(_failure);
            return true;
        }

        if (IsBodyRead)
        {
            read = BodyRead.End;
            return true;
        }

        if (_ahead > 0)
        {
            read = Piece(_ahead);
            _ahead = 0;
            return true;
        }

        return TryReceive(out read);
    }

    public ValueTask<BodyRead> ReadBodyAsync() => TryReadBody(out BodyRead read) ? new ValueTask<BodyRead>(read) : _waiting.Arm();

    /// <summary>Ends a waiting read, and all that follow, with <see cref="BodyStatus.Cancelled"/>.</summary>
    public void CancelBodyRead() => FailReads(BodyStatus.Cancelled);

    public void AppendBody(in BodyRead read, TrailerSection? trailers) => _sender.Append(read, null);

    public ValueTask<bool> FlushAsync() => _sender.FlushAsync();

    public ValueTask<bool> WriteBodyAsync(BodyRead read, TrailerSection? trailers)
    {
        Touch();
        return _sender.WriteAsync(read, null);
    }

    public void Touch()
    {
        if (!_over) Set(Loop, In(_idleNs));
    }

    public void ShutdownSend() => _transport.ShutdownSend();

    /// <summary>Closes in order when all was read and sent, else with a reset. Idempotent.</summary>
    public void Close()
    {
        if (IsBodyRead && !_sender.HasPending && _failure == default) End(abort: false);
        else Abort();
    }

    /// <summary>Breaks the connection; whoever waits is told. Idempotent.</summary>
    public void Abort() => End(abort: true);

    void ITransportObserver.OnReadable()
    {
        if (!_waiting.IsArmed || !TryReceive(out BodyRead read)) return;
        _waiting.Complete(read);
    }

    void ITransportObserver.OnWritable()
    {
        Touch();
        _sender.OnWritable();
    }

    /// <summary>What came before the reset can still be read.</summary>
    void ITransportObserver.OnBroken() => _sender.Break();

    protected internal override void OnDeadline()
    {
        FailReads(BodyStatus.TimedOut);
        _sender.Break();
    }

    private bool TryReceive(out BodyRead read)
    {
        int count = _transport.Receive(RentRoom());
        if (count > 0)
        {
            Touch();
            read = Piece(count);
            return true;
        }

        Release();
        read = default;
        if (count == Transport.WouldBlock) return false;
        if (count == 0 && !_sender.IsBroken)
        {
            IsBodyRead = true;
            read = BodyRead.End;
            return true;
        }

        _failure = BodyStatus.Broken;
        read = BodyRead.Failure(_failure);
        return true;
    }

    private BodyRead Piece(int count)
    {
        BytesReceived += count;
        _lent = true;
        return new BodyRead(_buffer!, BodyRead.RoomBefore, count, BodyStatus.Data, hasRoom: true);
    }

    private Span<byte> RentRoom()
    {
        _buffer ??= BufferPool.Rent(BufferPool.Large);
        return _buffer.AsSpan(BodyRead.RoomBefore, MaxAhead);
    }

    private void FailReads(BodyStatus status)
    {
        if (_failure == default && !IsBodyRead) _failure = status;
        if (_waiting.IsArmed) _waiting.Complete(BodyRead.Failure(status));
    }

    private void End(bool abort)
    {
        if (_over) return;
        _over = true;
        Remove(Loop);
        if (abort) _transport.Abort();
        else _transport.Close();
        _sender.Break();
        FailReads(BodyStatus.Broken);
        Release();
    }

    private void Release()
    {
        _ahead = 0;
        // A piece that a writer may still send from is left to the collector.
        if (_buffer is not null && !_lent) BufferPool.Return(_buffer);
        _buffer = null;
    }
}
