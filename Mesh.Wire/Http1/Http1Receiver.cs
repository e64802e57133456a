using System.Diagnostics;
using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Http1;

/// <summary>
/// The receiving half of a connection: a head buffer, and the body that follows it as a pull source.
/// </summary>
/// <remarks>
/// <para>Hot path. Two buffers: the <em>head buffer</em> holds the head for the whole exchange (it is the arena of its ranges), what came
/// behind it, and, after the body, the first bytes of the next message. A body that goes on beyond it is received into a <em>body
/// buffer</em>, with room for framing around each piece, and is never copied. Neither is held while an idle connection waits.</para>
/// <para>A body of known length is never received beyond its end. A chunked one may be: the surplus is moved behind the head.</para>
/// <para>To read a body again: its first piece, if it came with the head, stays where it is for the whole exchange. Of what follows, a copy is kept
/// if <see cref="Keep"/> asked for it. A rewound body gives first that piece, then the copy, then goes on with what the peer sends.</para>
/// </remarks>
internal sealed class Http1Receiver(Transport transport, Http1Limits limits)
{
    private readonly LoopSource<BodyRead> _waiting = new();
    private byte[]? _bodyBuffer;
    private ChunkedDecoder? _decoder;
    private BodyFraming _framing;
    private long _remaining;
    private long _bodyBytes;
    private int _reads;
    private BodyRead _first;
    private bool _firstAgain;
    private bool _again;
    private bool _failed;
    private KeptBody? _kept;
    private KeptBody? _idleKept;

    public HeadBuffer Head { get; } = new(transport, limits);

    /// <summary>The body, if any, was read to its end; it may have been rewound since.</summary>
    public bool IsBodyRead { get; private set; } = true;

    public RejectReason Reason { get; private set; }

    public TrailerSection? Trailers => _framing == BodyFraming.Chunked ? _decoder!.Trailers : null;

    /// <summary>Nobody may wait for this body, until it is rewound.</summary>
    public bool IsCancelled { get; private set; }

    /// <summary>A body read waits for bytes.</summary>
    public bool IsWaiting => _waiting.IsArmed;

    /// <summary>Bytes of heads and bodies received, for metrics.</summary>
    public long BytesReceived => Head.BytesReceived + _bodyBytes;

    /// <summary>Nothing is buffered that belongs to a next message.</summary>
    public bool IsEmpty => Head.IsEmpty;

    /// <summary>The head ends at <paramref name="headEnd"/> and a body with this framing follows.</summary>
    public void BeginBody(int headEnd, BodyFraming framing, long length)
    {
        Head.Start = headEnd;
        _framing = framing;
        _remaining = length;
        _reads = 0;
        _again = _failed = IsCancelled = false;
        Reason = RejectReason.None;
        IsBodyRead = framing == BodyFraming.None || (framing == BodyFraming.Length && length == 0);
        if (framing == BodyFraming.Chunked) (_decoder ??= new ChunkedDecoder(limits)).Reset();
    }

    /// <summary>From here all bytes are payload until the peer ends: a tunnel.</summary>
    public void BecomeOpaque()
    {
        StopKeeping();
        _framing = BodyFraming.UntilClose;
        IsBodyRead = false;
    }

    /// <summary>The exchange is over: the body buffer is given back, and the head buffer too when nothing of a next message is in it.</summary>
    public void EndExchange()
    {
        ReleaseBody();
        if (_kept is not null) ReleaseKept();
        // Not even by reference: an idle connection must not keep alive what the pool let go.
        _first = default;
        if (IsEmpty) Head.Release();
        else Head.ReleaseOutgrown();
    }

    public void ReleaseAll()
    {
        ReleaseBody();
        if (_kept is not null) ReleaseKept();
        Head.Release();
    }

    /// <summary>A piece that needs no receive.</summary>
    public bool TryRead(out BodyRead read)
    {
        if (IsBodyRead || _again)
        {
            read = _again ? ReadAgain() : BodyRead.End;
            return true;
        }

        if (Head.Bytes is not { } buffer || Head.IsEmpty)
        {
            read = default;
            return false;
        }

        int available = Head.End - Head.Start;
        switch (_framing)
        {
            case BodyFraming.Length:
                int count = (int)Math.Min(available, _remaining);
                read = Piece(buffer, Head.Start, count, _remaining == count, false);
                _remaining -= count;
                Head.Start += count;
                break;
            case BodyFraming.Chunked:
                if (!TryDecode(buffer, Head.Start, available, out int consumed, false, out read))
                {
                    Head.Start += consumed;
                    return false;
                }

                Head.Start += consumed;
                break;
            default:
                read = Piece(buffer, Head.Start, available, false, false);
                Head.Start = Head.End;
                break;
        }

        Remember(read);
        return true;
    }

    /// <summary>The next piece; waits for it if need be.</summary>
    public ValueTask<BodyRead> ReadAsync() => TryRead(out BodyRead read) || TryReceive(out read) ? new ValueTask<BodyRead>(read) : _waiting.Arm();

    /// <summary>
    /// From here on what is read of the body is kept, as long as it is not more than <paramref name="maxBytes"/>. Before its first read.
    /// </summary>
    public void Keep(int maxBytes)
    {
        if (_reads > 0 || IsBodyRead || _kept is not null || (_framing == BodyFraming.Length && _remaining > maxBytes)) return;
        _kept = _idleKept ??= new KeptBody(transport.Loop.Buffers);
        _kept.Begin(maxBytes);
    }

    /// <summary>There will be no other attempt.</summary>
    public void StopKeeping() => _kept?.Stop();

    /// <summary>All that was read of the body can be read again: nothing was, or it came whole in one piece with its head, or it was kept.</summary>
    public bool CanRewind => !_failed && (_reads == 0 || (_reads == 1 && _first.IsLast && !_first.HasRoom) || _kept is { IsWhole: true });

    /// <summary>Gives the body again from its start, when <see cref="CanRewind"/>, though reads were cancelled. Nobody reads it now.</summary>
    public bool TryRewind()
    {
        Debug.Assert(!IsWaiting, "one reader at a time");
        if (!CanRewind) return false;
        IsCancelled = false;
        _firstAgain = _reads > 0 && !_first.HasRoom;
        _kept?.Rewind();
        _again = _firstAgain || _kept is { HasNext: true };
        return true;
    }

    /// <summary>Ends a waiting read; further ones are refused by who asks for them.</summary>
    public void CancelReads()
    {
        IsCancelled = true;
        Fail(BodyStatus.Cancelled);
    }

    /// <summary>Bytes, the end or an error can be had: goes on with a waiting read.</summary>
    public void OnReadable()
    {
        if (_waiting.IsArmed && TryReceive(out BodyRead read)) _waiting.Complete(read);
    }

    /// <summary>Ends a waiting read with a failure; unless it was cancelled, nobody will read this body to its end.</summary>
    public void Fail(BodyStatus status)
    {
        if (!_waiting.IsArmed) return;
        _failed |= status != BodyStatus.Cancelled;
        _waiting.Complete(BodyRead.Failure(status));
    }

    private bool TryReceive(out BodyRead read)
    {
        _bodyBuffer ??= BufferPool.Rent(BufferPool.Large);
        int room = _bodyBuffer.Length - BodyRead.RoomBefore - BodyRead.RoomAfter;
        while (true)
        {
            int want = _framing == BodyFraming.Length ? (int)Math.Min(room, _remaining) : room;
            int count = transport.Receive(_bodyBuffer.AsSpan(BodyRead.RoomBefore, want));
            if (count == Transport.WouldBlock)
            {
                ReleaseBody();
                read = default;
                return false;
            }

            if (count <= 0)
            {
                IsBodyRead = count == 0 && _framing == BodyFraming.UntilClose;
                _failed = !IsBodyRead;
                read = IsBodyRead ? BodyRead.End : BodyRead.Failure(BodyStatus.Broken);
                return true;
            }

            _bodyBytes += count;
            if (Accept(count, out read)) return true;
        }
    }

    /// <summary>Takes what was received into the body buffer; false when it was framing only.</summary>
    private bool Accept(int count, out BodyRead read)
    {
        if (_framing == BodyFraming.Chunked)
        {
            bool any = TryDecode(_bodyBuffer!, BodyRead.RoomBefore, count, out int consumed, true, out read);
            if (consumed < count) Head.KeepSurplus(_bodyBuffer.AsSpan(BodyRead.RoomBefore + consumed, count - consumed));
            if (any) Remember(read);
            return any;
        }

        _remaining -= count;
        read = Piece(_bodyBuffer!, BodyRead.RoomBefore, count, _framing == BodyFraming.Length && _remaining == 0, true);
        Remember(read);
        return true;
    }

    private bool TryDecode(byte[] buffer, int offset, int available, out int consumed, bool hasRoom, out BodyRead read)
    {
        ChunkStatus status = _decoder!.Decode(buffer.AsSpan(offset, available), out consumed, out int start, out int length);
        if (status == ChunkStatus.Rejected)
        {
            Reason = _decoder.Reason;
            _failed = true;
            read = BodyRead.Failure(BodyStatus.Rejected);
            return true;
        }

        bool last = status == ChunkStatus.Complete;
        read = Piece(buffer, offset + start, length, last, hasRoom);
        return last || length > 0;
    }

    private BodyRead Piece(byte[] buffer, int offset, int count, bool last, bool hasRoom)
    {
        if (last) IsBodyRead = true;
        return new BodyRead(buffer, offset, count, last ? BodyStatus.Last : BodyStatus.Data, hasRoom);
    }

    private void Remember(in BodyRead read)
    {
        if (_reads++ == 0) _first = read;
        if (_kept is null) return;
        if (_reads == 1 && !read.HasRoom) _kept.Count(read.Count);
        else _kept.Add(read.Payload);
    }

    private BodyRead ReadAgain()
    {
        BodyRead read;
        if (_firstAgain)
        {
            _firstAgain = false;
            _again = _kept is { HasNext: true };
            read = new BodyRead(_first.Buffer, _first.Offset, _first.Count, IsBodyRead && !_again ? BodyStatus.Last : BodyStatus.Data, false);
        }
        else
        {
            read = _kept!.Next(IsBodyRead);
            _again = _kept.HasNext;
        }

        return read;
    }

    private void ReleaseKept()
    {
        _kept!.Release();
        _kept = null;
    }

    private void ReleaseBody()
    {
        if (_bodyBuffer is null) return;
        BufferPool.Return(_bodyBuffer);
        _bodyBuffer = null;
    }
}
