using System.Buffers.Binary;
using System.Net;
using System.Text;
using Mesh.Routing.Destinations;

namespace Mesh.Routing.Balancing;

/// <summary>A 64-bit hash that every node and every version computes alike, so that a key belongs to the same endpoint wherever it arrives.</summary>
/// <remarks>
/// Hot path: a multiplication each 8 bytes, no allocation. Multiply and fold, as in wyhash; the result is mixed well enough for rings and tables.
/// It resists no adversary: who knows it can make keys that meet. Where that would hurt, something must bound it (bounded load does).
/// </remarks>
public static class StableHash
{
    private const ulong Seed = 0x9E3779B97F4A7C15;
    private const ulong Multiplier = 0xA0761D6478BD642F;
    private const ulong LastMultiplier = 0xE7037ED1A0B428DB;

    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        ulong hash = Seed ^ ((ulong)bytes.Length * LastMultiplier);
        while (bytes.Length >= sizeof(ulong))
        {
            hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes), Multiplier);
            bytes = bytes[sizeof(ulong)..];
        }

        ulong tail = 0;
        for (int index = bytes.Length - 1; index >= 0; index--) tail = (tail << 8) | bytes[index];
        return Mix(Fold(hash ^ tail, Multiplier));
    }

    /// <summary>Of an IP address; an IPv4 address hashes like its IPv6-mapped form (RFC 4291 section 2.5.5.2).</summary>
    public static ulong Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int written);
        ReadOnlySpan<byte> mapped = address.IsIPv4MappedToIPv6 ? bytes[12..16] : bytes[..written];
        return Of(mapped);
    }

    /// <summary>Of an endpoint's address and port; an IPv4 address hashes like its IPv6-mapped form.</summary>
    internal static ulong Of(IPEndPoint address)
    {
        Span<byte> bytes = stackalloc byte[18];
        IPAddress ip = address.Address.IsIPv4MappedToIPv6 ? address.Address.MapToIPv4() : address.Address;
        ip.TryWriteBytes(bytes, out int written);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[written..], (ushort)address.Port);
        return Of(bytes[..(written + 2)]);
    }

    /// <summary>Of an endpoint: its address alone where that is all there is to it.</summary>
    internal static ulong Of(in EndpointKey endpoint) =>
        endpoint.Instance is { } instance ? Mix(Of(endpoint.Address) ^ Of(Encoding.UTF8.GetBytes(instance))) : Of(endpoint.Address);

    /// <summary>One to one, and every bit of the result depends on every bit (the finalizer of splitmix64).</summary>
    internal static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }
}
