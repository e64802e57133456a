namespace Mesh.Wire.Http2.Hpack;

/// <summary>Finds fields and names in the encoder's table, and remembers which fields went by lately without a place in it.</summary>
/// <remarks>
/// Hot path. Chains run from newer entries to older by running numbers of 16 bits. Nothing is ever taken out of a chain: an entry that left the table
/// ends the walk, because all behind it are older still. A number that was reused after a wrap is seen through by comparing bytes.
/// </remarks>
internal sealed class FieldIndex(DynamicTable table)
{
    /// <summary>An entry counts 32 bytes at least, so that 4096 bytes hold no more.</summary>
    private const int MostEntries = HpackEncoder.MaxTableBytes / DynamicTable.EntryOverhead;
    private const int Buckets = 64;
    private const int SeenSets = 64;
    private Link[] _links = [];
    private ushort[] _byField = [];
    private ushort[] _byName = [];
    private ushort[] _seen = [];

    /// <summary>The place of the field in the table, 0 for the newest, or -1.</summary>
    public int FindField(uint hash, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (_links.Length == 0) return -1;
        ushort number = _byField[hash % Buckets];
        for (int last = -1; Place(number) is var place && place > last && place < table.Count; last = place)
        {
            ref readonly Link link = ref _links[number % MostEntries];
            if (link.Hash == hash && table.Value(place).SequenceEqual(value) && table.Name(place).SequenceEqual(name)) return place;
            number = link.OlderField;
        }

        return -1;
    }

    /// <summary>The place of the newest field of that name, or -1.</summary>
    public int FindName(uint hash, ReadOnlySpan<byte> name)
    {
        if (_links.Length == 0) return -1;
        ushort number = _byName[hash % Buckets];
        for (int last = -1; Place(number) is var place && place > last && place < table.Count; last = place)
        {
            if (table.Name(place).SequenceEqual(name)) return place;
            number = _links[number % MostEntries].OlderName;
        }

        return -1;
    }

    /// <summary>The field was just added to the table.</summary>
    public void NoteAdded(uint hash, uint nameHash)
    {
        if (_links.Length == 0)
        {
            _links = new Link[MostEntries];
            _byField = new ushort[Buckets];
            _byName = new ushort[Buckets];
        }

        ushort number = (ushort)table.Added;
        ref ushort field = ref _byField[hash % Buckets];
        ref ushort name = ref _byName[nameHash % Buckets];
        _links[number % MostEntries] = new Link(hash, field, name);
        field = name = number;
    }

    /// <summary>True when the field went by lately; notes that it does now. Two places a set, so that two fields do not hide each other.</summary>
    public bool SeenLately(uint hash)
    {
        if (_seen.Length == 0) _seen = new ushort[SeenSets * 2];
        ushort mark = (ushort)((hash >> 16) | 1);
        int set = (int)(hash % SeenSets) * 2;
        if (_seen[set] == mark || _seen[set + 1] == mark) return true;
        _seen[set + 1] = _seen[set];
        _seen[set] = mark;
        return false;
    }

    private int Place(ushort number) => (ushort)(table.Added - number);

    private readonly record struct Link(uint Hash, ushort OlderField, ushort OlderName);
}
