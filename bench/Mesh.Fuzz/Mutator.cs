namespace Mesh.Fuzz;

/// <summary>Spoils parts that a grammar made: bytes and whole parts changed, lost, doubled, cut off.</summary>
internal static class Mutator
{
    /// <summary>Bytes that parsers stumble over.</summary>
    private static readonly byte[] s_nasty =
    [
        (byte)'\r', (byte)'\n', 0, (byte)' ', (byte)'\t', (byte)':', (byte)',', (byte)';', (byte)'#', (byte)'@', (byte)'/', (byte)'%', (byte)'_',
        (byte)'[', (byte)'"', (byte)'0', (byte)'9', (byte)'f', 0x0B, 0x0C, 0x1F, 0x20, 0x3F, 0x40, 0x7F, 0x80, 0x85, 0xBE, 0xC0, 0xFF,
    ];

    public static byte Nasty(Dice dice) => dice.Pick<byte>(s_nasty);

    /// <summary>A few changes of bytes, in parts from <paramref name="first"/> on, and in each not before <paramref name="skip"/>.</summary>
    public static void Bytes(List<byte[]> parts, Dice dice, int first = 0, int skip = 0)
    {
        for (int edits = 1 + dice.Next(3); edits > 0 && parts.Count > first; edits--)
        {
            int part = first + dice.Next(parts.Count - first);
            List<byte> bytes = [.. parts[part]];
            if (bytes.Count <= skip) continue;
            int at = skip + dice.Next(bytes.Count - skip);
            switch (dice.Next(6))
            {
                case 0: bytes[at] = Nasty(dice); break;
                case 1: bytes.Insert(at, Nasty(dice)); break;
                case 2: bytes.RemoveAt(at); break;
                case 3: bytes[at] ^= (byte)(1 << dice.Next(8)); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(at, 1 + dice.Next(bytes.Count - at))); break;
                default: bytes.RemoveRange(at, 1 + dice.Next(bytes.Count - at)); break;
            }

            parts[part] = [.. bytes];
        }
    }

    /// <summary>A few changes of whole parts from <paramref name="first"/> on.</summary>
    public static void Parts(List<byte[]> parts, Dice dice, int first = 0)
    {
        for (int edits = 1 + dice.Next(2); edits > 0 && parts.Count > first; edits--)
        {
            int at = first + dice.Next(parts.Count - first);
            int other = first + dice.Next(parts.Count - first);
            switch (dice.Next(5))
            {
                case 0: parts.RemoveAt(at); break;
                case 1: parts.Insert(at, parts[other]); break;
                case 2: (parts[at], parts[other]) = (parts[other], parts[at]); break;
                case 3: parts.RemoveRange(at, parts.Count - at); break;
                default:
                    byte[] again = parts[at];
                    for (int times = dice.Size(300); times > 0; times--) parts.Insert(at, again);
                    break;
            }
        }
    }
}
