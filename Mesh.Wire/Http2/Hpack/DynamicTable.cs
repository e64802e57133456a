namespace Mesh.Wire.Http2.Hpack;

/// <summary>
/// The fields that one direction of a connection has seen lately (RFC 7541 section 2.3.2): a queue of entries over a sliding window of bytes.
/// Entry 0 is the newest.
/// </summary>
/// <remarks>
/// Hot path: nothing is allocated once the window has grown to the traffic. Names and values lie in one piece each: at the end of the array the
/// living bytes slide to its front, which they do at most once per half array. An idle connection's table costs what it holds, not what it might.
/// </remarks>
internal sealed class DynamicTable(int maxSize)
{
    /// <summary>What each entry counts beside its bytes (RFC 7541 section 4.1).</summary>
    public const int EntryOverhead = 32;
    private const int InitialBytes = 256;
    private const int InitialEntries = 8;
    private byte[] _bytes = [];
    private Entry[] _entries = [];
    private int _from;
    private int _to;

    /// <summary>The running number of <see cref="_bytes"/>' first byte; entries keep running numbers, so that sliding moves none of them.</summary>
    private uint _base;

    /// <summary>How many entries were ever added, in 32 bits that wrap.</summary>
    public uint Added { get; private set; }

    public int Count { get; private set; }

    /// <summary>Bytes of all entries with their overhead.</summary>
    public int Size { get; private set; }

    /// <summary>What <see cref="Size"/> never exceeds, in bytes.</summary>
    public int MaxSize { get; private set; } = maxSize;

    /// <summary>Valid until the next <see cref="Add"/>.</summary>
    public ReadOnlySpan<byte> Name(int index)
    {
        ref readonly Entry entry = ref At(index);
        return _bytes.AsSpan((int)(entry.Start - _base), entry.NameLength);
    }

    /// <summary>Valid until the next <see cref="Add"/>.</summary>
    public ReadOnlySpan<byte> Value(int index)
    {
        ref readonly Entry entry = ref At(index);
        return _bytes.AsSpan((int)(entry.Start - _base) + entry.NameLength, entry.ValueLength);
    }

    /// <summary>Changes the limit; the oldest entries go until the rest fits (RFC 7541 section 4.3).</summary>
    public void Resize(int maxSize)
    {
        MaxSize = maxSize;
        Evict(maxSize);
    }

    /// <summary>
    /// Adds the newest entry, for which the oldest go. One larger than the table leaves it empty and is not added, which is no error (RFC 7541
    /// section 4.4): false. Neither span may point into this table.
    /// </summary>
    public bool Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        long size = (long)name.Length + value.Length + EntryOverhead;
        if (size > MaxSize)
        {
            Evict(0);
            return false;
        }

        Evict(MaxSize - (int)size);
        if (_to + name.Length + value.Length > _bytes.Length) MakeRoom(name.Length + value.Length);
        if (Count == _entries.Length) GrowEntries();
        _entries[Added & (uint)(_entries.Length - 1)] = new Entry(_base + (uint)_to, name.Length, value.Length);
        name.CopyTo(_bytes.AsSpan(_to));
        value.CopyTo(_bytes.AsSpan(_to + name.Length));
        _to += name.Length + value.Length;
        Added++;
        Count++;
        Size += (int)size;
        return true;
    }

    private ref readonly Entry At(int index) => ref _entries[(Added - 1 - (uint)index) & (uint)(_entries.Length - 1)];

    private void Evict(int most)
    {
        while (Size > most)
        {
            ref readonly Entry oldest = ref At(--Count);
            int bytes = oldest.NameLength + oldest.ValueLength;
            _from += bytes;
            Size -= bytes + EntryOverhead;
        }

        if (Count > 0) return;
        _base += (uint)_to;
        _from = _to = 0;
    }

    private void MakeRoom(int count)
    {
        int living = _to - _from;
        byte[] target = _bytes;
        if ((living + count) * 2 > target.Length) target = new byte[Math.Max(InitialBytes, (living + count) * 2)];
        _bytes.AsSpan(_from, living).CopyTo(target);
        _bytes = target;
        _base += (uint)_from;
        _from = 0;
        _to = living;
    }

    private void GrowEntries()
    {
        Entry[] larger = new Entry[Math.Max(InitialEntries, _entries.Length * 2)];
        for (int index = 0; index < Count; index++) larger[(Added - 1 - (uint)index) & (uint)(larger.Length - 1)] = At(index);
        _entries = larger;
    }

    private readonly record struct Entry(uint Start, int NameLength, int ValueLength);
}
