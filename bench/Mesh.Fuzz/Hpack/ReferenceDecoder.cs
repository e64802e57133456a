using Mesh.Wire.Http2.Hpack;

namespace Mesh.Fuzz.Hpack;

/// <summary>A field as a decoder gives it, in hexadecimal, so that it can be compared and shown.</summary>
internal readonly record struct ShownField(string Name, string Value, bool NeverIndexed)
{
    public static ShownField Of(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool neverIndexed) =>
        new(Convert.ToHexString(name), Convert.ToHexString(value), neverIndexed);
}

/// <summary>
/// RFC 7541 once more, as plainly as can be: a list for the table, a bit at a time for Huffman, no limit but the table's. Of the product it takes the
/// two tables of the appendices, which the specification's own examples test.
/// </summary>
internal sealed class ReferenceDecoder(int tableSize = 4096)
{
    /// <summary>The longest integer that is taken; RFC 7541 section 5.1 lets everybody set a limit.</summary>
    private const int MaxIntegerBytes = 6;

    private static readonly Dictionary<(int Bits, uint Code), int> s_symbols =
        Enumerable.Range(0, HuffmanCode.EndOfString + 1).ToDictionary(static symbol => ((int)HuffmanCode.Lengths[symbol], HuffmanCode.Codes[symbol]));

    private readonly List<(byte[] Name, byte[] Value)> _table = [];
    private int _allowed = tableSize;
    private int _size = tableSize;
    private int? _owed;

    /// <summary>Newest first.</summary>
    public IReadOnlyList<(byte[] Name, byte[] Value)> Table => _table;

    /// <summary>The next block must begin with an update.</summary>
    public bool Owes => _owed is not null;

    public int TableBytes => _table.Sum(static entry => entry.Name.Length + entry.Value.Length + 32);

    public void SetTableSize(int size)
    {
        _allowed = size;
        if (size < _size) _owed = Math.Min(_owed ?? int.MaxValue, size);
    }

    /// <summary>All fields of a block; null when it breaks the rules.</summary>
    public List<(byte[] Name, byte[] Value, bool NeverIndexed)>? Decode(byte[] block)
    {
        List<(byte[], byte[], bool)> fields = [];
        int at = 0;
        for (int updates = 0; at < block.Length && block[at] >> 5 == 1; updates++)
        {
            if (updates == 2 || Integer(block, ref at, 5) is not { } size || size > _allowed) return null;
            if (_owed is { } owed && size > owed) return null;
            _owed = null;
            _size = size;
            Evict(0);
        }

        if (_owed is not null) return null;
        while (at < block.Length)
        {
            byte first = block[at];
            if (first >> 5 == 1) return null;
            bool indexed = first >> 7 == 1, added = first >> 6 == 1;
            if (Integer(block, ref at, indexed ? 7 : added ? 6 : 4) is not { } index) return null;
            (byte[] Name, byte[] Value)? entry = index == 0 ? null : Find(index);
            if ((indexed || index > 0) && entry is null) return null;
            byte[]? name = entry?.Name ?? Text(block, ref at);
            byte[]? value = name is null ? null : indexed ? entry!.Value.Value : Text(block, ref at);
            if (name is null || value is null) return null;
            fields.Add((name, value, !indexed && first >> 4 == 1));
            if (added && !indexed) Add(name, value);
        }

        return fields;
    }

    private (byte[] Name, byte[] Value)? Find(int index)
    {
        if (index <= StaticTable.Count) return (StaticTable.Name(index).ToArray(), StaticTable.Value(index).ToArray());
        index -= StaticTable.Count + 1;
        return index < _table.Count ? _table[index] : null;
    }

    private void Add(byte[] name, byte[] value)
    {
        int size = name.Length + value.Length + 32;
        Evict(size);
        if (size <= _size) _table.Insert(0, (name, value));
    }

    private void Evict(int needs)
    {
        while (_table.Count > 0 && TableBytes + needs > _size) _table.RemoveAt(_table.Count - 1);
    }

    private static int? Integer(byte[] block, ref int at, int prefix)
    {
        if (at == block.Length) return null;
        int most = (1 << prefix) - 1;
        long number = block[at++] & most;
        if (number < most) return (int)number;
        for (int i = 0; i < MaxIntegerBytes - 1; i++)
        {
            if (at == block.Length) return null;
            byte next = block[at++];
            number += (long)(next & 0x7F) << (7 * i);
            if (next < 0x80) return number <= int.MaxValue ? (int)number : null;
        }

        return null;
    }

    private static byte[]? Text(byte[] block, ref int at)
    {
        if (at == block.Length) return null;
        bool packed = block[at] >= 0x80;
        if (Integer(block, ref at, 7) is not { } length || length > block.Length - at) return null;
        byte[] text = block[at..(at + length)];
        at += length;
        return packed ? Unpack(text) : text;
    }

    private static byte[]? Unpack(byte[] packed)
    {
        List<byte> text = [];
        int bits = 0;
        uint code = 0;
        bool ones = true;
        for (int bit = 0; bit < packed.Length * 8; bit++)
        {
            uint next = (uint)(packed[bit / 8] >> (7 - bit % 8)) & 1;
            code = (code << 1) | next;
            ones &= next == 1;
            bits++;
            if (bits > HuffmanCode.LongestBits) return null;
            if (!s_symbols.TryGetValue((bits, code), out int symbol)) continue;
            if (symbol == HuffmanCode.EndOfString) return null;
            text.Add((byte)symbol);
            (bits, code, ones) = (0, 0, true);
        }

        return bits < 8 && ones ? [.. text] : null;
    }
}
