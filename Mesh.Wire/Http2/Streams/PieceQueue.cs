using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http2.Streams;

/// <summary>Payload that waits for its reader, in buffers filled one after the other, with room around each for whoever frames it anew.</summary>
/// <remarks>Hot path. The stream's window bounds it.</remarks>
internal sealed class PieceQueue
{
    private const int Overhead = BodyRead.RoomBefore + BodyRead.RoomAfter;

    private Piece[] _pieces = new Piece[2];
    private int _first;
    private int _count;

    public bool IsEmpty => _count == 0;

    /// <summary>Payload in it.</summary>
    public int Bytes { get; private set; }

    private int Last => (_first + _count - 1) % _pieces.Length;

    /// <summary>Copies payload behind what is here.</summary>
    public void Add(ReadOnlySpan<byte> payload)
    {
        Bytes += payload.Length;
        while (!payload.IsEmpty)
        {
            int room = _count == 0 ? 0 : _pieces[Last].Room;
            if (room == 0)
            {
                AddPiece(payload.Length);
                room = _pieces[Last].Room;
            }

            ref Piece last = ref _pieces[Last];
            int count = Math.Min(room, payload.Length);
            payload[..count].CopyTo(last.Buffer.AsSpan(last.End));
            last.End += count;
            payload = payload[count..];
        }
    }

    /// <summary>Takes the first buffer out; its payload begins at <see cref="BodyRead.RoomBefore"/>. Returns how many bytes that is.</summary>
    public int Take(out byte[] buffer)
    {
        ref Piece piece = ref _pieces[_first];
        buffer = piece.Buffer;
        int count = piece.End - BodyRead.RoomBefore;
        piece = default;
        _first = (_first + 1) % _pieces.Length;
        _count--;
        Bytes -= count;
        return count;
    }

    /// <summary>Gives all memory back. Returns how many bytes of payload were dropped.</summary>
    public int Drop()
    {
        int dropped = Bytes;
        while (_count > 0)
        {
            Take(out byte[] buffer);
            BufferPool.Return(buffer);
        }

        return dropped;
    }

    private void AddPiece(int bytes)
    {
        if (_count == _pieces.Length)
        {
            Piece[] more = new Piece[_count * 2];
            for (int i = 0; i < _count; i++) more[i] = _pieces[(_first + i) % _count];
            (_pieces, _first) = (more, 0);
        }

        _count++;
        _pieces[Last] = new Piece
        {
            Buffer = BufferPool.Rent(bytes + Overhead <= BufferPool.Small ? bytes + Overhead : BufferPool.Large),
            End = BodyRead.RoomBefore,
        };
    }

    private struct Piece
    {
        public byte[] Buffer;

        /// <summary>Offset just past its payload.</summary>
        public int End;

        public readonly int Room => Buffer.Length - BodyRead.RoomAfter - End;
    }
}
