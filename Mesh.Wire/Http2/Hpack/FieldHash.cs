using System.Buffers.Binary;

namespace Mesh.Wire.Http2.Hpack;

/// <summary>A quick hash of a name or value, eight bytes a step. Chains are bounded by the table, so that chosen collisions cost little.</summary>
internal static class FieldHash
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    public static uint Of(ReadOnlySpan<byte> text, uint seed = 0)
    {
        ulong hash = (seed + (ulong)text.Length + 1) * Multiplier;
        while (text.Length > 8)
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(text)) * Multiplier;
            hash ^= hash >> 32;
            text = text[8..];
        }

        ulong last = 0;
        if (text.Length == 8) last = BinaryPrimitives.ReadUInt64LittleEndian(text);
        else if (text.Length >= 4) last = Word(text) | (Word(text[^4..]) << 32);
        else foreach (byte each in text) last = (last << 8) | each;
        hash = (hash ^ last) * Multiplier;
        return (uint)(hash >> 32);
    }

    private static ulong Word(ReadOnlySpan<byte> text) => BinaryPrimitives.ReadUInt32LittleEndian(text);
}
