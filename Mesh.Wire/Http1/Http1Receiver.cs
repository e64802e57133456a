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
/// </remarks>
internal sealed class Http1Receiver(Transport transport, Http1Limits limits)
{
    private readonly LoopSource<BodyRead> _waiting = new();
    private byte[]? _bodyBuffer;
    private ChunkedDecoder? _decoder;
    private BodyFraming _framing;
    private long _remaining;
    private int _bodyStart;
    private int _reads;
    private BodyRead _first;
    private bool _replay;

    /// <summary>The head buffer, or null while nothing is buffered.</summary>
    public byte[]? Buffer { get; private set; }

    /// <summary>Offset of the first unread byte.</summary>
    public int Start { get; private set; }

    /// <summary>Offset just past the last byte received.</summary>
    public int End { get; private set; }

    /// <summary>How far a head parser has looked, so that a slow drip is not scanned again and again; an offset that moves with the bytes.</summary>
    public int Scanned;

    public bool IsEmpty => Start == End;

    /// <summary>The body, if any, was read to its end.</summary>
    public bool IsBodyRead { get; private set; } = true;

    public RejectReason Reason { get; private set; }

    public TrailerSection? Trailers => _framing == BodyFraming.Chunked ? _decoder!.Trailers : null;

    /// <summary>A body read waits for bytes.</summary>
    public bool IsWaiting => _waiting.IsArmed;

    /// <summary>Bytes of heads and bodies received, for metrics.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>
    /// Receives behind what is buffered: bytes, 0 at the end of the stream, or a negative transport result; -3 when the buffer is full.
    /// </summary>
    public int Fill()
    {
        if (Buffer is null)
        {
            Buffer = BufferPool.Rent(BufferPool.Small);
            Start = End = 0;
        }
        else if (End == Buffer.Length && !MakeRoom())
        {
            return Full;
        }

        int count = transport.Receive(Buffer.AsSpan(End));
        if (count > 0)
        {
            End += count;
            BytesReceived += count;
        }
        else if (IsEmpty)
        {
            ReleaseHead();
        }

        return count;
    }

    /// <summary>The result of <see cref="Fill"/> when a head of the largest size allowed fills the buffer.</summary>
    public const int Full = -3;

    /// <summary>Marks bytes as read: a head, or surplus.</summary>
    public void Consume(int upTo) => Start = upTo;

    /// <summary>The head ends at <paramref name="headEnd"/> and a body with this framing follows.</summary>
    public void BeginBody(int headEnd, BodyFraming framing, long length)
    {
        Start = _bodyStart = headEnd;
        _framing = framing;
        _remaining = length;
        _reads = 0;
        _replay = false;
        Reason = RejectReason.None;
        IsBodyRead = framing == BodyFraming.None || (framing == BodyFraming.Length && length == 0);
        if (framing == BodyFraming.Chunked) (_decoder ??= new ChunkedDecoder(limits)).Reset();
    }

    /// <summary>From here all bytes are payload until the peer ends: a tunnel.</summary>
    public void BecomeOpaque()
    {
        _framing = BodyFraming.UntilClose;
        IsBodyRead = false;
    }

    /// <summary>The exchange is over: the body buffer is given back, and the head buffer too when nothing of a next message is in it.</summary>
    public void EndExchange()
    {
        ReleaseBody();
        if (IsEmpty) ReleaseHead();
    }

    public void ReleaseAll()
    {
        ReleaseBody();
        ReleaseHead();
    }

    /// <summary>A piece that needs no receive.</summary>
    public bool TryRead(out BodyRead read)
    {
        if (IsBodyRead || _replay)
        {
            read = _replay ? _first : BodyRead.End;
            _replay = false;
            IsBodyRead = true;
            return true;
        }

        if (Buffer is null || IsEmpty)
        {
            read = default;
            return false;
        }

        int available = End - Start;
        switch (_framing)
        {
            case BodyFraming.Length:
                int count = (int)Math.Min(available, _remaining);
                read = Piece(Buffer, Start, count, _remaining == count, false);
                _remaining -= count;
                Start += count;
                break;
            case BodyFraming.Chunked:
                if (!TryDecode(Buffer, Start, available, out int consumed, false, out read))
                {
                    Start += consumed;
                    return false;
                }

                Start += consumed;
                break;
            default:
                read = Piece(Buffer, Start, available, false, false);
                Start = End;
                break;
        }

        Remember(read);
        return true;
    }

    /// <summary>The next piece; waits for it if need be.</summary>
    public ValueTask<BodyRead> ReadAsync() => TryRead(out BodyRead read) || TryReceive(out read) ? new ValueTask<BodyRead>(read) : _waiting.Arm();

    /// <summary>Gives the body again from its start, for another attempt. Only a body that came whole in one piece with its head can be.</summary>
    public bool TryRewind()
    {
        if (_reads == 0) return true;
        if (_reads > 1 || !_first.IsLast || _first.HasRoom) return false;
        _replay = true;
        IsBodyRead = false;
        return true;
    }

    /// <summary>Bytes, the end or an error can be had: goes on with a waiting read.</summary>
    public void OnReadable()
    {
        if (_waiting.IsArmed && TryReceive(out BodyRead read)) _waiting.Complete(read);
    }

    /// <summary>Ends a waiting read with a failure.</summary>
    public void Fail(BodyStatus status)
    {
        if (_waiting.IsArmed) _waiting.Complete(BodyRead.Failure(status));
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
                read = IsBodyRead ? BodyRead.End : BodyRead.Failure(BodyStatus.Broken);
                return true;
            }

            BytesReceived += count;
            if (Accept(count, out read)) return true;
        }
    }

    /// <summary>Takes what was received into the body buffer; false when it was framing only.</summary>
    private bool Accept(int count, out BodyRead read)
    {
        if (_framing == BodyFraming.Chunked)
        {
            bool any = TryDecode(_bodyBuffer!, BodyRead.RoomBefore, count, out int consumed, true, out read);
            if (consumed < count) KeepSurplus(_bodyBuffer.AsSpan(BodyRead.RoomBefore + consumed, count - consumed));
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
    }

    /// <summary>Bytes of the next message that came with the last chunk: they wait behind the head.</summary>
    private void KeepSurplus(ReadOnlySpan<byte> surplus)
    {
        byte[] head = Buffer ?? BufferPool.Rent(BufferPool.Small);
        if (Buffer is null) Start = End = 0;
        Debug.Assert(Start == End, "the head buffer is read empty before the body buffer is used");
        if (End + surplus.Length > head.Length)
        {
            // The same offsets in a new array: the head's ranges keep pointing into the old one, which lives until it is collected.
            byte[] larger = BufferPool.Rent(End + surplus.Length);
            head.AsSpan(0, End).CopyTo(larger);
            head = larger;
        }

        surplus.CopyTo(head.AsSpan(End));
        Buffer = head;
        End += surplus.Length;
    }

    private bool MakeRoom()
    {
        byte[] old = Buffer!;
        if (Start > 0)
        {
            old.AsSpan(Start, End - Start).CopyTo(old);
            Scanned = Math.Max(0, Scanned - Start);
            End -= Start;
            Start = 0;
            return true;
        }

        if (old.Length >= limits.MaxHeadBytes) return false;
        byte[] larger = BufferPool.Rent(Math.Min(old.Length * 4, Math.Max(limits.MaxHeadBytes, old.Length)));
        old.AsSpan(0, End).CopyTo(larger);
        BufferPool.Return(old);
        Buffer = larger;
        return true;
    }

    private void ReleaseBody()
    {
        if (_bodyBuffer is null) return;
        BufferPool.Return(_bodyBuffer);
        _bodyBuffer = null;
    }

    private void ReleaseHead()
    {
        if (Buffer is null) return;
        BufferPool.Return(Buffer);
        Buffer = null;
        Start = End = 0;
    }
}
