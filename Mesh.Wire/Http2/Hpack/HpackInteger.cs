namespace Mesh.Wire.Http2.Hpack;

/// <summary>Integers of a prefix and 7 bits a byte (RFC 7541 section 5.1), of 31 bits here: nothing longer is meant in good faith.</summary>
internal static class HpackInteger
{
    /// <summary>The most bytes that a number of 31 bits takes.</summary>
    public const int MaxBytes = 6;

    /// <summary>Reads at <paramref name="at"/> and moves it past; false when it is cut off, out of range, or longer than it can need to be.</summary>
    public static bool TryRead(ReadOnlySpan<byte> block, ref int at, int prefixBits, out int number)
    {
        int most = (1 << prefixBits) - 1;
        number = block[at++] & most;
        if (number < most) return true;
        long sum = number;
        for (int shift = 0; shift < 7 * (MaxBytes - 1); shift += 7)
        {
            if (at == block.Length) return false;
            byte next = block[at++];
            sum += (long)(next & 0x7F) << shift;
            if (next >= 0x80) continue;
            number = (int)sum;
            return sum <= int.MaxValue;
        }

        return false;
    }

    /// <summary>Writes the number behind the bits of <paramref name="pattern"/>; bytes written.</summary>
    public static int Write(Span<byte> room, byte pattern, int prefixBits, int number)
    {
        int most = (1 << prefixBits) - 1;
        if (number < most)
        {
            room[0] = (byte)(pattern | number);
            return 1;
        }

        room[0] = (byte)(pattern | most);
        int at = 1;
        for (number -= most; number >= 0x80; number >>= 7) room[at++] = (byte)(number | 0x80);
        room[at++] = (byte)number;
        return at;
    }
}
