using Mesh.Wire.Buffers;

namespace Mesh.Wire.Exchange;

/// <summary>
/// What was read of a body, in a copy that can be read again: a carbon copy that is made while the letter passes, and thrown away when the
/// letter grows too long. It does not know where the body comes from, so that a connection of any protocol can hold one.
/// </summary>
/// <remarks>
/// Pooled buffers, the small ones for small pieces, with room for framing around the payload, so that a large copy is not copied once more.
/// One object per connection, reused; an idle one holds no buffer. Used by one flow on one loop.
/// </remarks>
internal sealed class KeptBody(BufferShare held)
{
    private const int Overhead = BodyRead.RoomBefore + BodyRead.RoomAfter;

    private Segment[] _segments = new Segment[4];
    private int _count;
    private int _next;
    private int _room;
    private bool _wasRewound;

    /// <summary>All that was read is here, or was only counted.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Since <see cref="Rewind"/> not all of it was read again.</summary>
    public bool HasNext => _next < _count;

    /// <param name="maxBytes">Payload bytes; a body with more is not kept at all.</param>
    public void Begin(int maxBytes)
    {
        _room = maxBytes;
        IsWhole = true;
        _wasRewound = false;
    }

    /// <summary>Counts payload that stays where it is without a copy.</summary>
    public void Count(int bytes)
    {
        if (bytes > _room) Release();
        else _room -= bytes;
    }

    /// <summary>Copies a piece. When it is too much, all of it is let go of, and nothing further is kept.</summary>
    public void Add(ReadOnlySpan<byte> payload)
    {
        if (!IsWhole) return;
        if (payload.Length > _room)
        {
            // This piece came from the peer, so no copied one is on its way any more.
            Release();
            return;
        }

        _room -= payload.Length;
        while (!payload.IsEmpty)
        {
            if (_count == 0 || _segments[_count - 1].Room == 0) AddSegment(payload.Length);
            ref Segment last = ref _segments[_count - 1];
            int count = Math.Min(last.Room, payload.Length);
            payload[..count].CopyTo(last.Buffer.AsSpan(last.End));
            last.End += count;
            payload = payload[count..];
        }

        _next = _count;
    }

    /// <summary>The next reads begin at the front again.</summary>
    public void Rewind()
    {
        _next = 0;
        _wasRewound = true;
    }

    /// <summary>The next piece, when <see cref="HasNext"/>; valid until the end of the exchange.</summary>
    /// <param name="ends">The body ends here, if this is the last piece.</param>
    public BodyRead Next(bool ends)
    {
        ref Segment segment = ref _segments[_next++];
        BodyStatus status = ends && !HasNext ? BodyStatus.Last : BodyStatus.Data;
        return new BodyRead(segment.Buffer, BodyRead.RoomBefore, segment.End - BodyRead.RoomBefore, status, hasRoom: true);
    }

    /// <summary>No attempt will follow: nothing more is kept. What may still be read, or be on its way, stays until <see cref="Release"/>.</summary>
    public void Stop()
    {
        IsWhole = false;
        if (!_wasRewound) Release();
    }

    /// <summary>Gives the buffers back. Nobody sends from them any more.</summary>
    public void Release()
    {
        for (int i = 0; i < _count; i++)
        {
            held.Add(-_segments[i].Buffer.Length);
            BufferPool.Return(_segments[i].Buffer);
        }

        _segments.AsSpan(0, _count).Clear();
        _count = _next = 0;
        IsWhole = false;
    }

    private void AddSegment(int pieceBytes)
    {
        if (_count == _segments.Length) Array.Resize(ref _segments, _count * 2);
        _segments[_count++] = new Segment
        {
            Buffer = BufferPool.Rent(pieceBytes + Overhead <= BufferPool.Small ? pieceBytes + Overhead : BufferPool.Large),
            End = BodyRead.RoomBefore,
        };
        held.Add(_segments[_count - 1].Buffer.Length);
    }

    private struct Segment
    {
        public byte[] Buffer;

        /// <summary>Offset just past its payload, which begins behind the room for framing.</summary>
        public int End;

        public readonly int Room => Buffer.Length - BodyRead.RoomAfter - End;
    }
}
