namespace Mesh.Wire.Buffers;

/// <summary>
/// Bytes on their way out of a connection: encoders append, the connection sends from the front. It holds memory only while bytes wait,
/// so that an idle connection costs none.
/// </summary>
/// <remarks>Hot path. Used by one flow on one loop.</remarks>
public sealed class OutputBuffer
{
    /// <summary>The first rent, in bytes: a head and a small body leave in one send.</summary>
    public const int InitialBytes = 4 * 1024;

    private byte[]? _bytes;
    private int _start;
    private int _end;

    public int Length => _end - _start;

    public bool IsEmpty => _end == _start;

    public ReadOnlySpan<byte> Pending => _bytes.AsSpan(_start, _end - _start);

    /// <summary>Room for exactly <paramref name="count"/> bytes at the end; they count as written.</summary>
    public Span<byte> Append(int count)
    {
        if (_bytes is null || _end + count > _bytes.Length) Grow(count);
        Span<byte> room = _bytes.AsSpan(_end, count);
        _end += count;
        return room;
    }

    /// <summary>Room for at least <paramref name="count"/> bytes at the end, of which none counts as written before <see cref="Commit"/>.</summary>
    public Span<byte> Reserve(int count)
    {
        if (_bytes is null || _end + count > _bytes.Length) Grow(count);
        return _bytes.AsSpan(_end);
    }

    /// <summary>Counts the first <paramref name="count"/> bytes of the last <see cref="Reserve"/> as written.</summary>
    public void Commit(int count) => _end += count;

    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Append(bytes.Length));

    /// <summary>Takes <paramref name="count"/> sent bytes off the front; gives the memory back when nothing is left.</summary>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end) Release();
    }

    /// <summary>Forgets all bytes and gives the memory back.</summary>
    public void Release()
    {
        _start = _end = 0;
        if (_bytes is null) return;
        BufferPool.Return(_bytes);
        _bytes = null;
    }

    private void Grow(int count)
    {
        int pending = Length;
        byte[] larger = BufferPool.Rent(Math.Max(InitialBytes, pending + count));
        if (_bytes is not null)
        {
            _bytes.AsSpan(_start, pending).CopyTo(larger);
            BufferPool.Return(_bytes);
        }

        _bytes = larger;
        _start = 0;
        _end = pending;
    }
}
