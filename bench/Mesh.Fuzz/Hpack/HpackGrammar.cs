using System.Text;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Fuzz.Hpack;

/// <summary>Fields, and header blocks written in every form that RFC 7541 has, the wasteful and the wrong ones too.</summary>
internal static class HpackGrammar
{
    private static readonly string[] s_names =
    [
        ":path", ":authority", ":status", "cookie", "x-a", "x-b", "content-type", "authorization", "accept", "date", "set-cookie",
        "a-name-that-is-quite-long-for-a-name", "", "X-Upper",
    ];

    public static (byte[] Name, byte[] Value, bool NeverIndexed) Field(Dice dice)
    {
        string name = dice.Chance(20) ? $"x-{dice.Next(100)}" : dice.Pick<string>(s_names);
        byte[] value = dice.Chance(70)
            ? Encoding.ASCII.GetBytes(new string((char)('a' + dice.Next(3)), dice.Next(12)))
            : dice.Bytes(dice.Size(dice.Chance(8) ? 5000 : 60));
        return (Encoding.ASCII.GetBytes(name), value, dice.Chance(8));
    }

    /// <summary>A block of some fields, in forms that chance picks.</summary>
    public static byte[] Block(Dice dice, int tableSize)
    {
        List<byte> block = [];
        for (int updates = dice.Chance(10) ? 1 + dice.Next(3) : 0; updates > 0; updates--) Integer(block, 0x20, 5, dice.Size(tableSize + 10));
        for (int fields = dice.Next(8); fields > 0; fields--)
        {
            if (dice.Chance(30))
            {
                Integer(block, 0x80, 7, dice.Chance(60) ? 1 + dice.Next(StaticTable.Count) : StaticTable.Count + 1 + dice.Next(6));
                continue;
            }

            (byte[] name, byte[] value, _) = Field(dice);
            (byte pattern, int prefix) = dice.Pick<(byte, int)>([(0x40, 6), (0x40, 6), (0x40, 6), (0x00, 4), (0x10, 4)]);
            int index = dice.Chance(40) ? dice.Chance(50) ? 1 + dice.Next(StaticTable.Count) : StaticTable.Count + 1 + dice.Next(4) : 0;
            Integer(block, pattern, prefix, index);
            if (index == 0) Text(block, dice, name);
            Text(block, dice, value);
        }

        return [.. block];
    }

    private static void Integer(List<byte> block, byte pattern, int prefix, int number)
    {
        byte[] room = new byte[HpackInteger.MaxBytes];
        int count = HpackInteger.Write(room, pattern, prefix, number);
        block.AddRange(room.AsSpan(0, count));
    }

    private static void Text(List<byte> block, Dice dice, byte[] text)
    {
        if (dice.Chance(50))
        {
            Integer(block, 0x00, 7, text.Length);
            block.AddRange(text);
            return;
        }

        byte[] packed = new byte[HuffmanCode.EncodedLength(text)];
        HuffmanCode.Encode(text, packed);
        Integer(block, 0x80, 7, packed.Length);
        block.AddRange(packed);
    }
}
