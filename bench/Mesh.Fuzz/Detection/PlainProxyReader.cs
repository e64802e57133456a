using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Mesh.Fuzz.Detection;

/// <summary>A header once more, as one would write it who sees all bytes and does not hurry (HAProxy's proxy-protocol.txt, 2.1 and 2.2).</summary>
internal static partial class PlainProxyReader
{
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";

    /// <param name="text">A character a byte.</param>
    /// <returns>
    /// The status, of a header with source, destination and length; null where more bytes are needed, or this reading does not judge it.
    /// </returns>
    public static string? Read(string text)
    {
        if (text.StartsWith(Signature, StringComparison.Ordinal)) return Block(text);
        if (!text.StartsWith("PROXY ", StringComparison.Ordinal))
            return Signature.StartsWith(text, StringComparison.Ordinal) || "PROXY ".StartsWith(text, StringComparison.Ordinal) ? null : "Missing";
        int end = text.IndexOf("\r\n", StringComparison.Ordinal);
        if (end is < 0 or > 105) return text.Length >= 107 ? "Invalid" : null;
        string line = text[..end];
        if (line == "PROXY UNKNOWN" || line.StartsWith("PROXY UNKNOWN ", StringComparison.Ordinal)) return $"Header   {end + 2}";
        Match four = Four().Match(line);
        if (!four.Success) return null;
        string[] words = line.Split(' ');
        bool isRight = words[2..4].All(static address => address.Split('.').All(static part => IsNumber(part, 255)))
            && words[4..].All(static port => Number(port) <= 65_535);
        return isRight
            ? $"Header {words[2]}:{Number(words[4])} {words[3]}:{Number(words[5])} {end + 2}"
            : "Invalid";
    }

    /// <summary>CRC32C bit by bit, with zeros where the last four bytes are.</summary>
    public static uint Crc32C(byte[] block)
    {
        uint crc = uint.MaxValue;
        for (int i = 0; i < block.Length; i++)
        {
            crc ^= i < block.Length - 4 ? block[i] : (byte)0;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0x82F63B78;
        }

        return ~crc;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static bool IsNumber(string text, int most) => (text.Length == 1 || text[0] != '0') && Number(text) <= most;

    /// <summary>Only what has no values, whose rules have tests of their own.</summary>
    private static string? Block(string text)
    {
        if (text.Length < 16) return null;
        int length = 16 + text[14] * 256 + text[15];
        if (text[12] is not ('\x20' or '\x21')) return "Invalid";
        if (length > 16 * 1024) return "Invalid";
        if (text[12] == '\x20') return text.Length < length ? null : $"Header   {length}";
        int size = text[13] switch { '\x11' => 4, '\x21' => 16, _ => 0 };
        if (size == 0 || text.Length < length || length != 16 + size * 2 + 4) return null;
        byte[] bytes = [.. text[16..length].Select(static c => (byte)c)];
        IPEndPoint end(int address, int port) => new(Unmapped(new IPAddress(bytes.AsSpan(address, size))), bytes[port] * 256 + bytes[port + 1]);
        return $"Header {end(0, size * 2)} {end(size, size * 2 + 2)} {length}";
    }

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    [GeneratedRegex("^PROXY TCP4 ([0-9]{1,3}[.]){3}[0-9]{1,3} ([0-9]{1,3}[.]){3}[0-9]{1,3} [0-9]{1,5} [0-9]{1,5}\\z")]
    private static partial Regex Four();
}
