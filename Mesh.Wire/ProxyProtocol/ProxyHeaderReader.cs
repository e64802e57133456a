using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Wire.ProxyProtocol;

/// <summary>Reads the header of the PROXY protocol, either version, from a connection's first bytes.</summary>
/// <remarks>Pure. A byte at a time or all at once, the verdict is the same. Source: HAProxy's doc/proxy-protocol.txt, sections 2.1 and 2.2.</remarks>
public static class ProxyHeaderReader
{
    /// <summary>The longest line of version 1 with its CRLF, bytes: two IPv6 addresses (section 2.1).</summary>
    public const int MaxLine = 107;

    private static ReadOnlySpan<byte> LinePrefix => "PROXY "u8;

    /// <param name="first">All bytes that have come, or the first <see cref="ProxyHeaderBlock.MaxBytes"/>.</param>
    /// <param name="header">Set with <see cref="ProxyHeaderStatus.Header"/>.</param>
    public static ProxyHeaderStatus Read(ReadOnlySpan<byte> first, out ProxyHeader header)
    {
        header = default;
        if (Begins(first, ProxyHeaderBlock.Signature)) return ProxyHeaderBlock.Read(first, out header);
        if (!Begins(first, LinePrefix)) return ProxyHeaderStatus.Missing;
        ReadOnlySpan<byte> line = first[..Math.Min(first.Length, MaxLine)];
        int end = line.IndexOf("\r\n"u8);
        if (end >= 0) return ReadLine(line[..end], out header);
        return line.Length == MaxLine ? ProxyHeaderStatus.Invalid : ProxyHeaderStatus.More;
    }

    private static bool Begins(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> with)
    {
        int known = Math.Min(bytes.Length, with.Length);
        return bytes[..known].SequenceEqual(with[..known]);
    }

    private static ProxyHeaderStatus ReadLine(ReadOnlySpan<byte> line, out ProxyHeader header)
    {
        header = new ProxyHeader(1, null, null, line.Length + 2);
        if (line.Length < LinePrefix.Length) return ProxyHeaderStatus.Invalid;
        string[] words = Encoding.Latin1.GetString(line[LinePrefix.Length..]).Split(' ');
        // Whatever follows UNKNOWN is to be passed over.
        if (words[0] == "UNKNOWN") return ProxyHeaderStatus.Header;
        AddressFamily? family = words[0] switch { "TCP4" => AddressFamily.InterNetwork, "TCP6" => AddressFamily.InterNetworkV6, _ => null };
        bool isValid = family is not null && words.Length == 5
            && TryAddress(words[1], family.Value, out IPAddress? source) && TryAddress(words[2], family.Value, out IPAddress? destination)
            && TryPort(words[3], out int sourcePort) && TryPort(words[4], out int destinationPort)
            && Fill(ref header, new IPEndPoint(source!, sourcePort), new IPEndPoint(destination!, destinationPort));
        return isValid ? ProxyHeaderStatus.Header : ProxyHeaderStatus.Invalid;
    }

    private static bool Fill(ref ProxyHeader header, IPEndPoint source, IPEndPoint destination)
    {
        header = header with { Source = source, Destination = destination };
        return true;
    }

    /// <summary>The framework also takes 1.2, 0x7f.1, [::1]:5 and ::1%eth0: none of these may stand here.</summary>
    private static bool TryAddress(string text, AddressFamily family, out IPAddress? address)
    {
        bool isPlain = text.All(static c => char.IsAsciiHexDigit(c) || c is ':' or '.');
        address = null;
        if (!isPlain || !IPAddress.TryParse(text, out IPAddress? parsed) || parsed.AddressFamily != family) return false;
        if (family == AddressFamily.InterNetwork && parsed.ToString() != text) return false;
        address = Unmapped(parsed);
        return true;
    }

    private static bool TryPort(string text, out int port)
    {
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
        return isNumber && text.Length <= 5 && port <= IPEndPoint.MaxPort;
    }

    internal static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
