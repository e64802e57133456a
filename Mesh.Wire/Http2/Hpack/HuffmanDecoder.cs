using System.Buffers.Binary;

namespace Mesh.Wire.Http2.Hpack;

/// <summary>Decodes Huffman strings: up to two symbols for each look into a table of 8 KiB; long codes, which are rare, by their rank.</summary>
/// <remarks>
/// Hot path. A state machine that takes whole bytes needs 256 x 256 rows and misses the first cache; one that takes nibbles needs two steps a
/// byte.
/// </remarks>
internal static class HuffmanDecoder
{
    /// <summary>Bits that one look decodes.</summary>
    private const int LookBits = 11;

    /// <summary>First and second symbol in 8 bits each, bits of the first in 4, symbols in 4, bits of both in 8; 0 for a longer code.</summary>
    private static readonly uint[] Table = MakeTable();

    /// <summary>The symbols that have long codes, in the order of their codes, with the first code and its rank for each length.</summary>
    private static readonly LongCodes Long = new();

    /// <summary>Room that the decoding of so many bytes may need: 5 bits are the shortest code, and two symbols are written at once.</summary>
    public static int RoomFor(int encoded) => (int)((long)encoded * 8 / 5) + 2;

    /// <summary>
    /// Decodes a whole string; <paramref name="destination"/> has <see cref="RoomFor"/> it. -1 when it holds the end-of-string symbol, or
    /// its padding is longer than 7 bits or not of ones (RFC 7541 section 5.2).
    /// </summary>
    public static int Decode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        uint[] table = Table;
        ulong window = 0;
        int bits = 0, at = 0, written = 0;
        while (true)
        {
            if (at + 8 <= source.Length)
            {
                // What lies behind the counted bits is or'ed again with the same values at the next turn.
                window |= BinaryPrimitives.ReadUInt64BigEndian(source[at..]) >> bits;
                at += (63 - bits) >> 3;
                bits |= 56;
            }
            else
            {
                for (; bits <= 56 && at < source.Length; bits += 8) window |= (ulong)source[at++] << (56 - bits);
                if (bits < 32) return DecodeTail(window, bits, destination, written);
            }

            while (bits >= 32)
            {
                uint entry = table[window >> (64 - LookBits)];
                if (entry != 0)
                {
                    destination[written] = (byte)entry;
                    destination[written + 1] = (byte)(entry >> 8);
                    written += (int)(entry >> 20) & 0xF;
                    window <<= (int)(entry >> 24);
                    bits -= (int)(entry >> 24);
                    continue;
                }

                int symbol = Long.Find(window, out int length);
                if (symbol == HuffmanCode.EndOfString) return -1;
                destination[written++] = (byte)symbol;
                window <<= length;
                bits -= length;
            }
        }
    }

    /// <summary>The last bits, one symbol at a time, and the padding.</summary>
    private static int DecodeTail(ulong window, int bits, Span<byte> destination, int written)
    {
        while (bits > 0)
        {
            ulong filled = window | (ulong.MaxValue >> bits);
            if (bits < 8 && filled == ulong.MaxValue) break;
            uint entry = Table[filled >> (64 - LookBits)];
            int length = (int)(entry >> 16) & 0xF;
            int symbol = entry != 0 ? (byte)entry : Long.Find(filled, out length);
            if (length > bits || symbol == HuffmanCode.EndOfString) return -1;
            destination[written++] = (byte)symbol;
            window <<= length;
            bits -= length;
        }

        return written;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[1 << LookBits];
        for (uint look = 0; look < table.Length; look++)
        {
            int first = Short(look, LookBits);
            if (first < 0) continue;
            int length = HuffmanCode.Lengths[first];
            int second = Short(look & ((1u << (LookBits - length)) - 1), LookBits - length);
            int both = second < 0 ? length : length + HuffmanCode.Lengths[second];
            uint symbols = (uint)first | ((uint)Math.Max(0, second) << 8);
            table[look] = symbols | ((uint)length << 16) | ((second < 0 ? 1u : 2u) << 20) | ((uint)both << 24);
        }

        return table;
    }

    /// <summary>The symbol whose code stands at the front of so many bits, or -1.</summary>
    private static int Short(uint look, int bits)
    {
        for (int symbol = 0; symbol < HuffmanCode.EndOfString; symbol++)
        {
            int length = HuffmanCode.Lengths[symbol];
            if (length <= bits && look >> (bits - length) == HuffmanCode.Codes[symbol]) return symbol;
        }

        return -1;
    }

    private sealed class LongCodes
    {
        private readonly uint[] _first = new uint[HuffmanCode.LongestBits + 1];
        private readonly int[] _count = new int[HuffmanCode.LongestBits + 1];
        private readonly int[][] _symbols = new int[HuffmanCode.LongestBits + 1][];

        public LongCodes()
        {
            for (int length = LookBits + 1; length <= HuffmanCode.LongestBits; length++)
            {
                List<int> symbols = [];
                for (int symbol = 0; symbol <= HuffmanCode.EndOfString; symbol++)
                {
                    if (HuffmanCode.Lengths[symbol] == length) symbols.Add(symbol);
                }

                _symbols[length] = [.. symbols];
                _count[length] = symbols.Count;
                if (symbols.Count > 0) _first[length] = HuffmanCode.Codes[symbols[0]];
            }
        }

        /// <summary>The symbol at the front of the window; the code is complete, so there always is one.</summary>
        public int Find(ulong window, out int length)
        {
            for (length = LookBits + 1; length <= HuffmanCode.LongestBits; length++)
            {
                uint rank = (uint)(window >> (64 - length)) - _first[length];
                if (rank < (uint)_count[length]) return _symbols[length][rank];
            }

            return HuffmanCode.EndOfString;
        }
    }
}
