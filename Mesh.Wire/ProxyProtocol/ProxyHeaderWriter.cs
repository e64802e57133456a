using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Wire.ProxyProtocol;

/// <summary>Writes the header of the PROXY protocol, to be sent before anything else of a connection.</summary>
/// <remarks>Pure. An address that is not known makes it UNKNOWN (version 1) or LOCAL (version 2); two families become both IPv6.</remarks>
public static class ProxyHeaderWriter
{
    /// <summary>Room that is always enough, bytes.</summary>
    public const int MaxBytes = ProxyHeaderReader.MaxLine;

    /// <summary>The line of version 1; how many bytes it has.</summary>
    public static int WriteLine(Span<byte> room, IPEndPoint? source, IPEndPoint? destination)
    {
        if (source is null || destination is null) return Encoding.ASCII.GetBytes("PROXY UNKNOWN\r\n", room);
        (IPAddress from, IPAddress to) = Alike(source.Address, destination.Address);
        string family = from.AddressFamily == AddressFamily.InterNetwork ? "TCP4" : "TCP6";
        return Encoding.ASCII.GetBytes($"PROXY {family} {from} {to} {source.Port} {destination.Port}\r\n", room);
    }

    /// <summary>The block of version 2; how many bytes it has.</summary>
    /// <param name="room">At least <see cref="MaxBytes"/>.</param>
    /// <param name="source">The client's address.</param>
    /// <param name="destination">What it connected to.</param>
    /// <param name="withChecksum">Whether a CRC32C is told with it.</param>
    public static int WriteBlock(Span<byte> room, IPEndPoint? source, IPEndPoint? destination, bool withChecksum = false)
    {
        ProxyHeaderBlock.Signature.CopyTo(room);
        int at = ProxyHeaderBlock.FixedBytes;
        bool isLocal = source is null || destination is null;
        room[12] = isLocal ? ProxyHeaderBlock.VersionAndLocal : ProxyHeaderBlock.VersionAndProxy;
        room[13] = 0;
        if (!isLocal)
        {
            (IPAddress from, IPAddress to) = Alike(source!.Address, destination!.Address);
            room[13] = from.AddressFamily == AddressFamily.InterNetwork ? ProxyHeaderBlock.Tcp4 : ProxyHeaderBlock.Tcp6;
            at += WriteAddress(room[at..], from);
            at += WriteAddress(room[at..], to);
            BinaryPrimitives.WriteUInt16BigEndian(room[at..], (ushort)source.Port);
            BinaryPrimitives.WriteUInt16BigEndian(room[(at + 2)..], (ushort)destination.Port);
            at += 4;
        }

        int length = withChecksum ? at + ProxyHeaderBlock.ValueHeader + sizeof(uint) : at;
        BinaryPrimitives.WriteUInt16BigEndian(room[14..], (ushort)(length - ProxyHeaderBlock.FixedBytes));
        if (withChecksum) WriteChecksum(room[..length], at);
        return length;
    }

    private static (IPAddress From, IPAddress To) Alike(IPAddress from, IPAddress to)
    {
        from = ProxyHeaderReader.Unmapped(from);
        to = ProxyHeaderReader.Unmapped(to);
        // Made anew from their bytes: a scope belongs to this machine.
        return from.AddressFamily == to.AddressFamily
            ? (new IPAddress(from.GetAddressBytes()), new IPAddress(to.GetAddressBytes()))
            : (new IPAddress(from.MapToIPv6().GetAddressBytes()), new IPAddress(to.MapToIPv6().GetAddressBytes()));
    }

    private static int WriteAddress(Span<byte> room, IPAddress address)
    {
        _ = address.TryWriteBytes(room, out int written);
        return written;
    }

    private static void WriteChecksum(Span<byte> block, int at)
    {
        block[at..].Clear();
        block[at] = ProxyHeaderBlock.ChecksumType;
        block[at + 2] = sizeof(uint);
        BinaryPrimitives.WriteUInt32BigEndian(block[(at + ProxyHeaderBlock.ValueHeader)..], ~ProxyHeaderBlock.Checksum(uint.MaxValue, block));
    }
}
