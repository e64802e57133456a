using System.Buffers.Binary;

namespace Mesh.Wire.Http2.Hpack;

/// <summary>
/// The static Huffman code (RFC 7541 appendix B). It is canonical: codes of one length ascend with their symbol, so that the lengths tell the
/// whole code.
/// </summary>
/// <remarks>Hot path: encoding is one table read and one shift a byte.</remarks>
internal static class HuffmanCode
{
    /// <summary>The symbol that never stands in a string; its front bits pad the last byte.</summary>
    public const int EndOfString = 256;

    /// <summary>Bits of the longest code.</summary>
    public const int LongestBits = 30;

    /// <summary>Bits of the code of each symbol, <see cref="EndOfString"/> last.</summary>
    public static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    /// <summary>The code of each symbol, in its low bits.</summary>
    public static readonly uint[] Codes = MakeCodes();

    /// <summary>Bytes that <paramref name="text"/> takes when encoded, its padding included.</summary>
    public static int EncodedLength(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> lengths = Lengths;
        long bits = 0;
        foreach (byte symbol in text) bits += lengths[symbol];
        return (int)((bits + 7) >> 3);
    }

    /// <summary>Encodes into exactly <see cref="EncodedLength"/> bytes.</summary>
    public static void Encode(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        ReadOnlySpan<byte> lengths = Lengths;
        uint[] codes = Codes;
        ulong window = 0;
        int bits = 0, at = 0;
        foreach (byte symbol in text)
        {
            int length = lengths[symbol];
            window = (window << length) | codes[symbol];
            bits += length;
            if (bits < 32) continue;
            bits -= 32;
            BinaryPrimitives.WriteUInt32BigEndian(destination[at..], (uint)(window >> bits));
            at += 4;
        }

        for (; bits >= 8; bits -= 8) destination[at++] = (byte)(window >> (bits - 8));
        if (bits > 0) destination[at] = (byte)((window << (8 - bits)) | (0xFFu >> bits));
    }

    private static uint[] MakeCodes()
    {
        uint[] codes = new uint[EndOfString + 1];
        uint next = 0;
        for (int length = 1; length <= LongestBits; length++, next <<= 1)
        {
            for (int symbol = 0; symbol <= EndOfString; symbol++)
            {
                if (Lengths[symbol] == length) codes[symbol] = next++;
            }
        }

        return codes;
    }
}
