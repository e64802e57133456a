using Mesh.Wire.Buffers;

namespace Mesh.Wire.Http2.Hpack;

/// <summary>Unpacks the header blocks of one direction of a connection, in the order in which they came (RFC 7541).</summary>
/// <remarks>
/// Hot path: nothing is allocated once its table has grown. A block is whole: the connection gathers its CONTINUATION frames first. Used by
/// the connection's loop alone. After <see cref="HpackResult.Invalid"/> and <see cref="HpackResult.Bomb"/> it is out of step for good.
/// </remarks>
internal sealed class HpackDecoder(int tableSize = HpackDecoder.DefaultTableSize)
{
    /// <summary>The table's size before any SETTINGS (RFC 9113 section 6.5.2), in bytes.</summary>
    public const int DefaultTableSize = 4096;

    /// <summary>Size updates at the front of a block: the smallest size of the time between, and the last (RFC 7541 section 4.2).</summary>
    public const int MaxSizeUpdates = 2;

    /// <summary>How many times the allowed list a block may unpack to before it counts as an attack and not as a large head.</summary>
    public const int MaxTimesList = 4;
    private const int None = -1;
    private readonly DynamicTable _table = new(tableSize);
    private int _allowed = tableSize;

    /// <summary>The next block must begin with an update to this or less, because the setting fell; else <see cref="None"/>.</summary>
    private int _owed = None;

    /// <summary>The peer has acknowledged our SETTINGS_HEADER_TABLE_SIZE.</summary>
    public void SetTableSize(int size)
    {
        _allowed = size;
        if (size < _table.MaxSize && (_owed == None || size < _owed)) _owed = size;
    }

    /// <summary>Unpacks a whole block.</summary>
    /// <param name="block">All its fragments in one piece.</param>
    /// <param name="sink">Gets the fields as long as they are within both limits.</param>
    /// <param name="maxListBytes">Names, values and 32 for each field (RFC 9113 section 6.5.2).</param>
    /// <param name="maxFields">How many fields.</param>
    public HpackResult Decode<TSink>(ReadOnlySpan<byte> block, ref TSink sink, int maxListBytes, int maxFields)
        where TSink : IHpackSink, allows ref struct
    {
        BlockReader reader = new(block);
        try
        {
            if (!ReadSizeUpdates(ref reader)) return HpackResult.Invalid;
            long bytes = 0;
            int fields = 0;
            while (!reader.IsEmpty)
            {
                if (!ReadField(ref reader, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value, out byte kind)) return HpackResult.Invalid;
                bytes += name.Length + value.Length + DynamicTable.EntryOverhead;
                fields++;
                if (bytes <= maxListBytes && fields <= maxFields) sink.Field(name, value, kind == FieldKind.NeverIndexed);
                else if (bytes > (long)maxListBytes * MaxTimesList) return HpackResult.Bomb;
                if (kind == FieldKind.Added) _table.Add(name, value);
            }

            return bytes <= maxListBytes && fields <= maxFields ? HpackResult.Complete : HpackResult.TooLarge;
        }
        finally
        {
            reader.Release();
        }
    }

    private bool ReadSizeUpdates(ref BlockReader reader)
    {
        for (int updates = 0; !reader.IsEmpty && (reader.Next & 0xE0) == 0x20; updates++)
        {
            if (updates == MaxSizeUpdates || !reader.TryReadInteger(5, out int size) || size > _allowed) return false;
            if (size <= _owed) _owed = None;
            if (_owed != None) return false;
            _table.Resize(size);
        }

        return _owed == None;
    }

    /// <summary>Reads one field. An update in its place is an error: updates stand at the front (RFC 7541 section 4.2).</summary>
    private bool ReadField(ref BlockReader reader, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value, out byte kind)
    {
        name = value = default;
        byte first = reader.Next;
        kind = first >= 0x80 ? FieldKind.Indexed : first >= 0x40 ? FieldKind.Added : first >= 0x10 ? FieldKind.NeverIndexed : FieldKind.Plain;
        if (first is >= 0x20 and < 0x40) return false;
        int prefixBits = first >= 0x80 ? 7 : first >= 0x40 ? 6 : 4;
        if (!reader.TryReadInteger(prefixBits, out int index)) return false;
        if (kind == FieldKind.Indexed) return index != 0 && Find(index, out name, out value);

        // A name from the table may leave it, or move, while its own entry is added: it is copied then.
        if (index != 0 && !Find(index, out name, out _)) return false;
        bool copies = kind == FieldKind.Added && index > StaticTable.Count;
        reader.PrepareField(copies ? name.Length : 0);
        if (copies) name = reader.Keep(name);
        return (index != 0 || reader.TryReadString(out name)) && reader.TryReadString(out value);
    }

    private bool Find(int index, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        int dynamic = index - StaticTable.Count - 1;
        if (dynamic < 0)
        {
            name = StaticTable.Name(index);
            value = StaticTable.Value(index);
            return true;
        }

        bool known = dynamic < _table.Count;
        name = known ? _table.Name(dynamic) : default;
        value = known ? _table.Value(dynamic) : default;
        return known;
    }

    /// <summary>The forms of a field (RFC 7541 section 6).</summary>
    private static class FieldKind
    {
        public const byte Indexed = 0;
        public const byte Added = 1;
        public const byte Plain = 2;
        public const byte NeverIndexed = 3;
    }

    /// <summary>Goes through a block; holds the memory that one field's decoded strings lie in.</summary>
    private ref struct BlockReader(ReadOnlySpan<byte> block)
    {
        private readonly ReadOnlySpan<byte> _block = block;
        private byte[]? _scratch;
        private int _at;
        private int _used;

        public readonly bool IsEmpty => _at == _block.Length;

        public readonly byte Next => _block[_at];

        public bool TryReadInteger(int prefixBits, out int number) => HpackInteger.TryRead(_block, ref _at, prefixBits, out number);

        /// <summary>Makes room for all that the next field can need; the strings of the one before are gone.</summary>
        public void PrepareField(int keeps)
        {
            _used = 0;
            int most = keeps + HuffmanDecoder.RoomFor(_block.Length - _at) + 2;
            if (_scratch is not null && _scratch.Length >= most) return;
            Release();
            _scratch = BufferPool.Rent(most);
        }

        public ReadOnlySpan<byte> Keep(scoped ReadOnlySpan<byte> name)
        {
            name.CopyTo(_scratch);
            _used = name.Length;
            return _scratch.AsSpan(0, name.Length);
        }

        public bool TryReadString(out ReadOnlySpan<byte> text)
        {
            text = default;
            if (IsEmpty) return false;
            bool huffman = Next >= 0x80;
            if (!TryReadInteger(7, out int length) || length > _block.Length - _at) return false;
            text = _block.Slice(_at, length);
            _at += length;
            if (!huffman) return true;
            Span<byte> room = _scratch.AsSpan(_used);
            int decoded = HuffmanDecoder.Decode(text, room);
            if (decoded < 0) return false;
            text = room[..decoded];
            _used += decoded;
            return true;
        }

        public void Release()
        {
            if (_scratch is not null) BufferPool.Return(_scratch);
            _scratch = null;
        }
    }
}
