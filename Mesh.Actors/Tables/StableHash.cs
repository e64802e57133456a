using System.Runtime.InteropServices;
using System.Text;

namespace Mesh.Actors.Tables;

/// <summary>A hash that every node and every version computes alike: FNV-1a over words, finished with splitmix64's mixer.</summary>
/// <remarks>It spreads and detects differences; it keeps no secret and stops no attacker inside the cluster.</remarks>
internal struct StableHash()
{
    private const ulong Prime = 0x100000001B3;
    private ulong _state = 0xCBF29CE484222325;

    public void Add(ulong word) => _state = Mix(_state ^ word) * Prime;

    public void Add(string text)
    {
        Span<byte> room = stackalloc byte[TableSettings.MaxKeyBytes];
        int bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > room.Length) room = new byte[bytes];
        Add(room[..Encoding.UTF8.GetBytes(text, room)]);
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Add((ulong)bytes.Length);
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes)) Add(BitConverter.IsLittleEndian ? word : Reverse(word));
        ulong rest = 0;
        foreach (byte one in bytes[(bytes.Length & ~7)..]) rest = (rest << 8) | one;
        Add(rest);
    }

    public readonly ulong Value => Mix(_state);

    private static ulong Reverse(ulong word) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
