using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Mesh.Discovery.Dns;

/// <summary>Tells IP literals, host names and rubbish apart, without asking anybody.</summary>
public static class HostName
{
    /// <summary>RFC 1035 section 2.3.4: a name has at most 253 characters in text form.</summary>
    public const int MaxChars = 253;

    private static readonly SearchValues<char> _nameChars =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._");

    private static readonly SearchValues<char> _ipv4Chars = SearchValues.Create("0123456789.");

    private static readonly SearchValues<char> _hexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>
    /// IPv4 with at least one dot (the short form <c>127.1</c> too), or IPv6 with or without brackets. A part with a leading zero is refused:
    /// some read it as octal and some do not, and then two programs see two hosts.
    /// </summary>
    public static bool TryParseLiteral(string host, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (host.Contains(':', StringComparison.Ordinal))
            return host.StartsWith('[') == host.EndsWith(']') && IPAddress.TryParse(host, out address);
        return host.Contains('.', StringComparison.Ordinal)
            && !host.AsSpan().ContainsAnyExcept(_ipv4Chars)
            && !host.Split('.').Any(static part => part.Length > 1 && part[0] == '0')
            && IPAddress.TryParse(host, out address);
    }

    /// <summary>Whether DNS could know it at all; what cannot be a name is never asked for.</summary>
    public static bool CouldBeName(string host) =>
        host.Length is > 0 and <= MaxChars
        && !host.AsSpan().ContainsAnyExcept(_nameChars)
        && host[0] is not ('.' or '-')
        && !host.Contains("..", StringComparison.Ordinal)
        && !EndsInNumber(host);

    /// <summary>
    /// No top-level domain is a number (RFC 1123 section 2.1), but resolvers take <c>8080</c>, <c>010.1.1.1</c> and <c>0x7f.1</c> for addresses:
    /// such a host is neither a literal that all read alike nor a name.
    /// </summary>
    private static bool EndsInNumber(string host)
    {
        ReadOnlySpan<char> name = host.AsSpan().TrimEnd('.');
        ReadOnlySpan<char> last = name[(name.LastIndexOf('.') + 1)..];
        if (last.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) return !last[2..].ContainsAnyExcept(_hexDigits);
        return !last.ContainsAnyExceptInRange('0', '9');
    }
}
