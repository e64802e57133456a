using System.Buffers;
using Mesh.Wire.Http1;

namespace Mesh.Wire.Detection;

/// <summary>Tells from a connection's first bytes what is spoken there, as soon as no further byte could change it.</summary>
/// <remarks>
/// Pure. A byte at a time or all at once, the verdict is the same. A method, a space and a word begin lines of many protocols, from memcached to
/// SIP: HTTP/1 is told by what it alone has, <c> HTTP/</c> within the first line. Whatever else is wrong with such a line, it is refused as HTTP.
/// </remarks>
public static class FirstBytes
{
    /// <summary>Bytes that decide in every case: as long as a request line may be. GET and its like are HTTP/1 beyond it.</summary>
    public const int Most = 16 * 1024;

    /// <summary>Bytes that decide where only HTTP is served: the preface.</summary>
    public const int MostOfHttp = 24;

    /// <summary>A method longer than this is taken for another protocol; the longest registered one has 17 letters.</summary>
    public const int MaxMethod = 20;

    /// <summary>What no line of text has within it; a tabulator may stand anywhere.</summary>
    private static readonly SearchValues<byte> s_controls =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Where(static each => each != '\t').Append(0x7F).Select(static each => (byte)each)]);

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>False: more bytes are needed.</summary>
    /// <param name="first">All that have come, or the first <see cref="Most"/>.</param>
    /// <param name="spoken">The verdict; while it is none, what it is if no more bytes come.</param>
    public static bool TryTell(ReadOnlySpan<byte> first, out SpokenProtocol spoken)
    {
        spoken = SpokenProtocol.Opaque;
        if (first.IsEmpty) return false;
        if (first[0] == 0x16)
        {
            // A handshake record of any version: 3, then 0 to 4.
            if (first.Length < 2) return false;
            if (first[1] == 3) spoken = SpokenProtocol.Tls;
            return true;
        }

        if (TryTellHttp(first, out spoken)) return spoken == SpokenProtocol.Http2 || TryTellHttp1(first, out spoken);
        spoken = SpokenProtocol.Opaque;
        return false;
    }

    /// <summary>The same where only HTTP is served: what is not the preface is HTTP/1, so that it is refused as such if it is neither.</summary>
    public static bool TryTellHttp(ReadOnlySpan<byte> first, out SpokenProtocol spoken)
    {
        int known = Math.Min(first.Length, Preface.Length);
        bool isPreface = first[..known].SequenceEqual(Preface[..known]);
        spoken = isPreface ? SpokenProtocol.Http2 : SpokenProtocol.Http1;
        return !first.IsEmpty && (!isPreface || known == Preface.Length);
    }

    /// <summary>
    /// A method, a space, and <c> HTTP/</c> in the same line (RFC 9112 section 3). A line of RFC 9110's methods, and PATCH, is read to its LF; one of
    /// any other ends with the first control character, since binary protocols begin like it.
    /// </summary>
    private static bool TryTellHttp1(ReadOnlySpan<byte> first, out SpokenProtocol spoken)
    {
        spoken = SpokenProtocol.Opaque;
        int length = first.IndexOfAnyExcept(Http1Bytes.Token);
        if (length < 0) return first.Length > MaxMethod;
        if (length is 0 or > MaxMethod || first[length] != ' ') return true;
        bool isKnown = RequestLine.MethodOf(first[..length]) != Exchange.KnownMethod.Other;
        ReadOnlySpan<byte> rest = first[length..];
        int end = isKnown ? rest.IndexOf((byte)'\n') : rest.IndexOfAny(s_controls);
        ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
        bool isHttp = line.IndexOf(" HTTP/"u8) >= 0;
        if (isHttp || (isKnown && end < 0)) spoken = SpokenProtocol.Http1;
        return isHttp || end >= 0 || first.Length >= Most;
    }
}
