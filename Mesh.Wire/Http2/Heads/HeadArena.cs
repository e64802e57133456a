using Mesh.Wire.Buffers;

namespace Mesh.Wire.Http2.Heads;

/// <summary>Pooled bytes that a head is built in; none while nothing is in it.</summary>
/// <remarks>Hot path. Growing moves the bytes, so that only offsets are kept.</remarks>
internal sealed class HeadArena
{
    public byte[] Bytes { get; private set; } = [];

    public int Length { get; private set; }

    /// <summary>Makes room, so that so many bytes are appended without a move.</summary>
    public void Reserve(int count)
    {
        if (Length + count > Bytes.Length) Grow(count);
    }

    /// <summary>Copies to the end; bytes of this arena only within what was reserved.</summary>
    public void Append(scoped ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(Bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Starts anew in the same memory.</summary>
    public void Clear() => Length = 0;

    /// <summary>Gives the memory back; what pointed into it is no longer valid.</summary>
    public void Release()
    {
        Length = 0;
        if (Bytes.Length == 0) return;
        BufferPool.Return(Bytes);
        Bytes = [];
    }

    private void Grow(int count)
    {
        byte[] larger = BufferPool.Rent(Math.Max(Bytes.Length * 2, Length + count));
        Bytes.AsSpan(0, Length).CopyTo(larger);
        if (Bytes.Length > 0) BufferPool.Return(Bytes);
        Bytes = larger;
    }
}
