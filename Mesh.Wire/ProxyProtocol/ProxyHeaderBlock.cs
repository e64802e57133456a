using System.Buffers.Binary;
using System.Net;
using System.Numerics;

namespace Mesh.Wire.ProxyProtocol;

/// <summary>The binary header of version 2: signature, command, family, length, addresses, then type-length-values (sections 2.2 to 2.2.7).</summary>
/// <remarks>Pure. Values are passed over, but for the checksum, which must be right where it is there.</remarks>
public static class ProxyHeaderBlock
{
    /// <summary>Signature, command, family, length.</summary>
    public const int FixedBytes = 16;

    /// <summary>
    /// The longest that is taken, bytes, as long as HAProxy's buffer; only a client certificate among the values makes it longer than 1 KiB.
    /// </summary>
    public const int MaxBytes = 16 * 1024;

    internal const byte Tcp4 = 0x11;
    internal const byte Tcp6 = 0x21;
    internal const byte VersionAndProxy = 0x21;
    internal const byte VersionAndLocal = 0x20;
    internal const byte ChecksumType = 0x03;
    internal const int ValueHeader = 3;
    private const int UnixBytes = 216;
    private const int NotAFamily = -1;

    internal static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>
    /// The checksum of RFC 4960 appendix B over pieces, one after the other; begins with <c>uint.MaxValue</c>, is inverted at the end.
    /// </summary>
    internal static uint Checksum(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte each in bytes) crc = BitOperations.Crc32C(crc, each);
        return crc;
    }

    internal static ProxyHeaderStatus Read(ReadOnlySpan<byte> first, out ProxyHeader header)
    {
        header = default;
        // What is wrong already is told at once, however few bytes there are.
        if (first.Length > 12 && first[12] is not (VersionAndProxy or VersionAndLocal)) return ProxyHeaderStatus.Invalid;
        if (first.Length < FixedBytes) return ProxyHeaderStatus.More;
        int length = FixedBytes + BinaryPrimitives.ReadUInt16BigEndian(first[14..]);
        if (length > MaxBytes) return ProxyHeaderStatus.Invalid;
        bool isLocal = first[12] == VersionAndLocal;
        int addresses = isLocal ? 0 : AddressBytes(first[13]);
        if (addresses == NotAFamily || FixedBytes + addresses > length) return ProxyHeaderStatus.Invalid;
        if (first.Length < length) return ProxyHeaderStatus.More;
        ReadOnlySpan<byte> block = first[..length];
        // LOCAL: the whole of what follows is to be passed over.
        if (!isLocal && !AreValuesRight(block, FixedBytes + addresses)) return ProxyHeaderStatus.Invalid;
        header = new ProxyHeader(2, null, null, length);
        if (!isLocal && block[13] == Tcp4) header = WithAddresses(header, block, 4);
        else if (!isLocal && block[13] == Tcp6) header = WithAddresses(header, block, 16);
        return ProxyHeaderStatus.Header;
    }

    /// <summary>Bytes of both addresses of a family and transport; values that are not assigned must be refused.</summary>
    private static int AddressBytes(byte family) => family switch
    {
        0x00 => 0,
        Tcp4 or 0x12 => 12,
        Tcp6 or 0x22 => 36,
        0x31 or 0x32 => UnixBytes,
        _ => NotAFamily,
    };

    private static ProxyHeader WithAddresses(ProxyHeader header, ReadOnlySpan<byte> block, int size)
    {
        ReadOnlySpan<byte> addresses = block[FixedBytes..];
        int sourcePort = BinaryPrimitives.ReadUInt16BigEndian(addresses[(2 * size)..]);
        int destinationPort = BinaryPrimitives.ReadUInt16BigEndian(addresses[(2 * size + 2)..]);
        IPAddress source = ProxyHeaderReader.Unmapped(new IPAddress(addresses[..size]));
        IPAddress destination = ProxyHeaderReader.Unmapped(new IPAddress(addresses.Slice(size, size)));
        return header with { Source = new IPEndPoint(source, sourcePort), Destination = new IPEndPoint(destination, destinationPort) };
    }

    private static bool AreValuesRight(ReadOnlySpan<byte> block, int at)
    {
        while (at < block.Length)
        {
            if (block.Length - at < ValueHeader) return false;
            int size = BinaryPrimitives.ReadUInt16BigEndian(block[(at + 1)..]);
            byte type = block[at];
            at += ValueHeader;
            if (size > block.Length - at) return false;
            if (type == ChecksumType && (size != sizeof(uint) || !IsChecksumRight(block, at))) return false;
            at += size;
        }

        return true;
    }

    /// <summary>Made with zeros where it stands.</summary>
    private static bool IsChecksumRight(ReadOnlySpan<byte> block, int at)
    {
        uint crc = Checksum(uint.MaxValue, block[..at]);
        crc = Checksum(crc, stackalloc byte[sizeof(uint)]);
        crc = Checksum(crc, block[(at + sizeof(uint))..]);
        return ~crc == BinaryPrimitives.ReadUInt32BigEndian(block[at..]);
    }
}
