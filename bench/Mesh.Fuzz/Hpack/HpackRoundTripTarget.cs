using System.Buffers.Binary;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Fuzz.Hpack;

/// <summary>Our encoder to our decoder and to the plain one, while the table's size changes: every field comes out as it went in.</summary>
/// <remarks>A part is a block: fields of two lengths and a flag, then name and value; one that begins with 0xF1 changes the size.</remarks>
internal sealed class HpackRoundTripTarget : FuzzTarget
{
    private const byte Resize = 0xF1;
    private const int FieldHead = 4;

    public override string Name => "hpack-roundtrip";

    public override FuzzCase Make(Dice dice)
    {
        List<byte[]> parts = [];
        for (int blocks = 1 + dice.Next(12); blocks > 0; blocks--)
        {
            for (int changes = dice.Next(4) - 1; changes > 0; changes--)
                parts.Add([Resize, .. Word(dice.Chance(50) ? dice.Next(300) : dice.Next(9000))]);
            List<byte> block = [0];
            for (int fields = dice.Next(10); fields > 0; fields--)
            {
                (byte[] name, byte[] value, bool neverIndexed) = HpackGrammar.Field(dice);
                block.AddRange([(byte)name.Length, .. Word(value.Length), neverIndexed ? (byte)1 : (byte)0, .. name, .. value]);
            }

            parts.Add([.. block]);
        }

        return new FuzzCase(dice.Bytes(KnobCount), [.. parts]);
    }

    public override void Check(FuzzCase made)
    {
        HpackEncoder encoder = new();
        HpackDecoder decoder = new();
        ReferenceDecoder reference = new();
        foreach (byte[] part in made.Parts)
        {
            if (part.Length >= 3 && part[0] == Resize)
            {
                int size = BinaryPrimitives.ReadUInt16BigEndian(part.AsSpan(1));
                encoder.SetPeerTableSize((uint)size);
                decoder.SetTableSize(size);
                reference.SetTableSize(size);
                continue;
            }

            List<ShownField> fields = [];
            byte[] block = Encode(encoder, part, fields);
            HpackDecoderTarget.ListSink sink = new([]);
            HpackResult result = decoder.Decode(block, ref sink, int.MaxValue / 8, int.MaxValue);
            FuzzFaultException.Require(result == HpackResult.Complete, $"our decoder refuses our encoder: {result}");
            FuzzFaultException.Require(sink.Fields.Select(Plain).SequenceEqual(fields.Select(Plain)), "other fields come out: of our decoder");
            FuzzFaultException.Require(sink.Fields.Zip(fields).All(static pair => pair.First.NeverIndexed || !pair.Second.NeverIndexed),
                "a secret may be indexed: behind us");
            List<(byte[] Name, byte[] Value, bool NeverIndexed)>? plainly = reference.Decode(block);
            FuzzFaultException.Require(plainly is not null, "our encoder breaks the rules: the plain decoder refuses");
            IEnumerable<ShownField> shown = plainly!.Select(static field => ShownField.Of(field.Name, field.Value, field.NeverIndexed));
            FuzzFaultException.Require(shown.SequenceEqual(sink.Fields), "other fields come out: of the plain decoder");
            FuzzFaultException.Require(reference.TableBytes <= HpackEncoder.MaxTableBytes, $"the table is too large: {reference.TableBytes}");
        }
    }

    private static byte[] Encode(HpackEncoder encoder, byte[] part, List<ShownField> fields)
    {
        byte[] room = new byte[HpackEncoder.SizeUpdatesBytes + part.Length * 2 + part.Length * HpackEncoder.FieldOverheadBytes];
        int written = encoder.WriteSizeUpdates(room);
        for (int at = 1; at + FieldHead <= part.Length;)
        {
            int nameLength = part[at], valueLength = BinaryPrimitives.ReadUInt16BigEndian(part.AsSpan(at + 1));
            bool neverIndexed = part[at + 3] == 1;
            at += FieldHead;
            if (at + nameLength + valueLength > part.Length) break;
            ReadOnlySpan<byte> name = part.AsSpan(at, nameLength), value = part.AsSpan(at + nameLength, valueLength);
            at += nameLength + valueLength;
            int count = encoder.Write(room.AsSpan(written), name, value, neverIndexed);
            FuzzFaultException.Require(count <= nameLength + valueLength + HpackEncoder.FieldOverheadBytes,
                $"a field takes more than is reserved: {count}");
            written += count;
            fields.Add(ShownField.Of(name, value, neverIndexed));
        }

        return room[..written];
    }

    private static byte[] Word(int number) => [(byte)(number >> 8), (byte)number];

    private static (string Name, string Value) Plain(ShownField field) => (field.Name, field.Value);
}
