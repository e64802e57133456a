using System.Buffers.Binary;
using Mesh.Fuzz.World;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Fuzz.Hpack;

/// <summary>
/// Blocks, right and wrong, to the decoder and to one as plain as can be: the same fields, the same verdict, the same table; within limits.
/// </summary>
internal sealed class HpackDecoderTarget : FuzzTarget
{
    /// <summary>A part that begins so changes the table's size: two bytes more.</summary>
    private const byte Resize = 0xF1;

    private const int MaxTable = 9000;

    public override string Name => "hpack-decoder";

    public override FuzzCase Make(Dice dice)
    {
        byte[] knobs = dice.Bytes(KnobCount);
        List<byte[]> parts = [];
        for (int blocks = 1 + dice.Next(6); blocks > 0; blocks--)
        {
            if (dice.Chance(15)) parts.Add([Resize, .. dice.Bytes(2)]);
            parts.Add([0, .. HpackGrammar.Block(dice, 4096)]);
        }

        if (dice.Chance(40)) Mutator.Bytes(parts, dice, skip: 1);
        if (dice.Chance(10)) Mutator.Parts(parts, dice);
        return new FuzzCase(knobs, [.. parts]);
    }

    public override void Check(FuzzCase made)
    {
        BufferWatch buffers = new();
        int tableSize = made.Knob(8, 2) == 0 ? 4096 : made.Knob(9, 256);
        int maxList = made.Knob(10, 2) == 0 ? 64 * 1024 : 40 + 8 * made.Knob(11, 256);
        int maxFields = made.Knob(12, 2) == 0 ? 200 : 1 + made.Knob(13, 10);
        HpackDecoder decoder = new(tableSize);
        ReferenceDecoder reference = new(tableSize);
        foreach (byte[] part in made.Parts)
        {
            if (part.Length >= 3 && part[0] == Resize)
            {
                int size = BinaryPrimitives.ReadUInt16BigEndian(part.AsSpan(1)) % MaxTable;
                decoder.SetTableSize(size);
                reference.SetTableSize(size);
                continue;
            }

            if (!Same(decoder, reference, part.Length == 0 ? [] : part[1..], maxList, maxFields)) break;
            BufferWatch.Look();
            CompareTables(decoder, reference);
        }

        buffers.RequireAllBack();
    }

    /// <summary>False: the block broke both.</summary>
    private static bool Same(HpackDecoder decoder, ReferenceDecoder reference, byte[] block, int maxList, int maxFields)
    {
        ListSink sink = new([]);
        HpackResult result = decoder.Decode(block, ref sink, maxList, maxFields);
        if (reference.Decode(block) is not { } all)
        {
            // A bomb is told before the fault behind it is seen.
            FuzzFaultException.Require(result is HpackResult.Invalid or HpackResult.Bomb, $"a wrong block is taken: {result}");
            return false;
        }

        List<ShownField> wanted = [];
        long bytes = 0;
        bool isBomb = false;
        for (int i = 0; i < all.Count && !isBomb; i++)
        {
            (byte[] name, byte[] value, bool neverIndexed) = all[i];
            bytes += name.Length + value.Length + 32;
            if (bytes <= maxList && i < maxFields) wanted.Add(ShownField.Of(name, value, neverIndexed));
            isBomb = bytes > (long)maxList * HpackDecoder.MaxTimesList;
        }

        HpackResult verdict = isBomb ? HpackResult.Bomb : bytes > maxList || all.Count > maxFields ? HpackResult.TooLarge : HpackResult.Complete;
        FuzzFaultException.Require(result == verdict, $"another verdict: {result}, wanted {verdict}");
        FuzzFaultException.Require(sink.Fields.SequenceEqual(wanted),
            $"other fields: {string.Join(' ', sink.Fields)}, wanted {string.Join(' ', wanted)}");
        return !isBomb;
    }

    /// <summary>Asks for every entry of the table by its index.</summary>
    private static void CompareTables(HpackDecoder decoder, ReferenceDecoder reference)
    {
        if (reference.Owes || reference.Table.Count == 0) return;
        List<byte> probe = [];
        byte[] room = new byte[HpackInteger.MaxBytes];
        for (int i = 0; i < reference.Table.Count; i++) probe.AddRange(room.AsSpan(0, HpackInteger.Write(room, 0x80, 7, StaticTable.Count + 1 + i)));
        ListSink sink = new([]);
        HpackResult result = decoder.Decode(probe.ToArray(), ref sink, int.MaxValue / 8, int.MaxValue);
        IEnumerable<ShownField> wanted = reference.Table.Select(static entry => ShownField.Of(entry.Name, entry.Value, false));
        FuzzFaultException.Require(result == HpackResult.Complete && sink.Fields.SequenceEqual(wanted), $"the tables differ: {result}");
    }

    internal readonly struct ListSink(List<ShownField> fields) : IHpackSink
    {
        public List<ShownField> Fields => fields;

        public void Field(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, bool neverIndexed) =>
            fields.Add(ShownField.Of(name, value, neverIndexed));
    }
}
