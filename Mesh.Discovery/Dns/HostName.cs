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

    /// <summary>IPv4 with at least one dot (the short form <c>127.1</c> too), or IPv6 with or without brackets.</summary>
    public static bool TryParseLiteral(string host, [NotNullWhen(true)] out IPAddress? address)
    {
        if (host.Contains(':', StringComparison.Ordinal)) return IPAddress.TryParse(host, out address);
        address = null;
        return host.Contains('.', StringComparison.Ordinal)
            && !host.AsSpan().ContainsAnyExcept(_ipv4Chars)
            && IPAddress.TryParse(host, out address);
    }

    /// <summary>Whether DNS could know it at all; what cannot be a name is never asked for.</summary>
    public static bool CouldBeName(string host) =>
        host.Length is > 0 and <= MaxChars
        && !host.AsSpan().ContainsAnyExcept(_nameChars)
        && host[0] is not ('.' or '-')
        && !host.Contains("..", StringComparison.Ordinal);
}
