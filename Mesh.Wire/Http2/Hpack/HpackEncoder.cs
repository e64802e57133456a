namespace Mesh.Wire.Http2.Hpack;

/// <summary>Packs the header blocks of one direction of a connection, in the order in which they are sent (RFC 7541).</summary>
/// <remarks>
/// Hot path: nothing is allocated once its table has grown. A field that is in a table costs two hashes and one comparison. Used by the
/// connection's loop alone; a block that was begun must be sent.
/// </remarks>
internal sealed class HpackEncoder
{
    /// <summary>Our table never grows past this, whatever the peer allows; the peer's SETTINGS_HEADER_TABLE_SIZE is this at first.</summary>
    public const int MaxTableBytes = 4096;

    /// <summary>What <see cref="WriteSizeUpdates"/> writes at most.</summary>
    public const int SizeUpdatesBytes = 2 * HpackInteger.MaxBytes;

    /// <summary>What a field takes beyond its bytes at most: a byte of form, and three numbers.</summary>
    public const int FieldOverheadBytes = 3 * HpackInteger.MaxBytes;

    /// <summary>A cookie shorter than this can be guessed, so that it is never indexed; nghttp2's value.</summary>
    private const int GuessableBytes = 20;
    private readonly DynamicTable _table = new(MaxTableBytes);
    private readonly FieldIndex _index;
    private int _size = MaxTableBytes;
    private int _smallest = MaxTableBytes;

    public HpackEncoder() => _index = new FieldIndex(_table);

    /// <summary>The peer's SETTINGS_HEADER_TABLE_SIZE came; it counts from the next block on.</summary>
    public void SetPeerTableSize(uint size)
    {
        _size = (int)Math.Min(size, MaxTableBytes);
        _smallest = Math.Min(_smallest, _size);
    }

    /// <summary>Begins each block: what the peer must hear of the table's size (RFC 7541 section 4.2). Bytes written, 0 for most.</summary>
    public int WriteSizeUpdates(Span<byte> room)
    {
        if (_smallest == _table.MaxSize && _size == _table.MaxSize) return 0;
        int written = 0;
        if (_smallest < _size && _smallest < _table.MaxSize) written = HpackInteger.Write(room, 0x20, 5, _smallest);
        written += HpackInteger.Write(room[written..], 0x20, 5, _size);
        _table.Resize(_smallest);
        _table.Resize(_size);
        _smallest = _size;
        return written;
    }

    /// <summary>Adds a field to the block; bytes written, at most its length and <see cref="FieldOverheadBytes"/>.</summary>
    /// <param name="room">Behind the fields before.</param>
    /// <param name="name">In lower case.</param>
    /// <param name="value">The value.</param>
    /// <param name="neverIndexed">The field came so, and goes on so (RFC 7541 section 6.2.3).</param>
    public int Write(Span<byte> room, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool neverIndexed = false)
    {
        uint nameHash = FieldHash.Of(name);
        ref readonly KnownNames.Known known = ref KnownNames.Find(nameHash, name);
        int nameIndex = known.StaticIndex;
        if (neverIndexed || IsSecret(known.Policy, value)) return WriteLiteral(room, 0x10, 4, nameIndex, name, value);
        for (int index = nameIndex; index < nameIndex + known.StaticValues; index++)
        {
            if (StaticTable.Value(index).SequenceEqual(value)) return HpackInteger.Write(room, 0x80, 7, index);
        }

        if (known.Policy == IndexingPolicy.Changing || IsTooLarge(name, value) || (known.Policy == IndexingPolicy.Path && value.Contains((byte)'?')))
            return WriteLiteral(room, 0x00, 4, nameIndex, name, value);

        uint hash = FieldHash.Of(value, nameHash);
        int place = _index.FindField(hash, name, value);
        if (place >= 0) return HpackInteger.Write(room, 0x80, 7, StaticTable.Count + 1 + place);
        if (nameIndex == 0 && _index.FindName(nameHash, name) is var namePlace && namePlace >= 0) nameIndex = StaticTable.Count + 1 + namePlace;
        if (known.Policy != IndexingPolicy.AtOnce && !_index.SeenLately(hash)) return WriteLiteral(room, 0x00, 4, nameIndex, name, value);

        int written = WriteLiteral(room, 0x40, 6, nameIndex, name, value);
        if (_table.Add(name, value)) _index.NoteAdded(hash, nameHash);
        return written;
    }

    private static bool IsSecret(IndexingPolicy policy, ReadOnlySpan<byte> value) =>
        policy >= IndexingPolicy.Secret && (policy == IndexingPolicy.Secret || value.Length < GuessableBytes);

    /// <summary>One field that would drive out most others is not worth it; nghttp2 draws the same line.</summary>
    private bool IsTooLarge(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        name.Length + value.Length + DynamicTable.EntryOverhead > _table.MaxSize * 3 / 4;

    private static int WriteLiteral(Span<byte> room, byte pattern, int prefixBits, int nameIndex, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        int at = HpackInteger.Write(room, pattern, prefixBits, nameIndex);
        if (nameIndex == 0) at += WriteText(room[at..], name);
        return at + WriteText(room[at..], value);
    }

    private static int WriteText(Span<byte> room, ReadOnlySpan<byte> text)
    {
        int packed = HuffmanCode.EncodedLength(text);
        if (packed >= text.Length)
        {
            int start = HpackInteger.Write(room, 0x00, 7, text.Length);
            text.CopyTo(room[start..]);
            return start + text.Length;
        }

        int at = HpackInteger.Write(room, 0x80, 7, packed);
        HuffmanCode.Encode(text, room[at..]);
        return at + packed;
    }
}
