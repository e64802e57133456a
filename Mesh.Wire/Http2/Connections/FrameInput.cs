using Mesh.Wire.Buffers;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Http2.Connections;

/// <summary>What a connection has received and not yet looked at: whole frames are read from its front, where they lie.</summary>
/// <remarks>Hot path. Small at first, large while the peer fills it; no memory while nothing is in it.</remarks>
internal sealed class FrameInput(Transport transport)
{
    private byte[]? _bytes;
    private bool _wasFull;

    /// <summary>Offset of the first byte that was not looked at.</summary>
    public int Start { get; private set; }

    public int Count { get; private set; }

    public bool IsEmpty => Count == 0;

    public byte[] Bytes => _bytes!;

    public ReadOnlySpan<byte> Unread => _bytes.AsSpan(Start, Count);

    /// <summary>Bytes received, for metrics.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>Begins with what another protocol's reader had received.</summary>
    public void Begin(ReadOnlySpan<byte> received)
    {
        if (received.IsEmpty) return;
        _bytes = BufferPool.Rent(received.Length);
        received.CopyTo(_bytes);
        Count = received.Length;
        BytesReceived = received.Length;
    }

    /// <summary>Receives behind what is here: how many bytes, 0 at the end of the stream, or a negative result of the transport.</summary>
    /// <param name="frameBytes">How long the frame is that begins here, as far as that is known: it must find room.</param>
    public int Fill(int frameBytes)
    {
        MakeRoom(frameBytes);
        Span<byte> room = _bytes.AsSpan(Start + Count);
        int received = transport.Receive(room);
        if (received > 0)
        {
            _wasFull = received == room.Length;
            Count += received;
            BytesReceived += received;
        }
        else
        {
            _wasFull = false;
            if (IsEmpty) Release();
        }

        return received;
    }

    public void Consume(int bytes)
    {
        Start += bytes;
        Count -= bytes;
        if (Count == 0) Start = 0;
    }

    public void Release()
    {
        if (_bytes is null) return;
        BufferPool.Return(_bytes);
        _bytes = null;
        Start = Count = 0;
    }

    private void MakeRoom(int frameBytes)
    {
        int size = Math.Max(frameBytes, _wasFull ? BufferPool.Large : BufferPool.Small);
        if (_bytes is null)
        {
            _bytes = BufferPool.Rent(size);
            Start = 0;
        }
        else if (_bytes.Length < size)
        {
            byte[] larger = BufferPool.Rent(size);
            Unread.CopyTo(larger);
            BufferPool.Return(_bytes);
            (_bytes, Start) = (larger, 0);
        }
        else if (Start > 0 && (Start + Count == _bytes.Length || Start + frameBytes > _bytes.Length))
        {
            Unread.CopyTo(_bytes);
            Start = 0;
        }
    }
}
