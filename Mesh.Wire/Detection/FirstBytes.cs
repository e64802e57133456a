using Mesh.Wire.Http1;

namespace Mesh.Wire.Detection;

/// <summary>Tells from a connection's first bytes what is spoken there, as soon as no further byte could change it.</summary>
/// <remarks>Pure. A byte at a time or all at once, the verdict is the same.</remarks>
public static class FirstBytes
{
    /// <summary>Bytes that decide in every case but a long method of HTTP/1: the preface.</summary>
    public const int Most = 24;

    /// <summary>A method longer than this is taken for another protocol; the longest registered one has 17 letters.</summary>
    public const int MaxMethod = 20;

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>False: more bytes are needed.</summary>
    /// <param name="first">All that have come, or the first <see cref="Most"/>.</param>
    /// <param name="spoken">The verdict.</param>
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

        bool told = TryTellHttp(first, out spoken);
        return told && spoken == SpokenProtocol.Http1 ? TryTellHttp1(first, out spoken) : told;
    }

    /// <summary>The same where only HTTP is served: what is not the preface is HTTP/1, so that it is refused as such if it is neither.</summary>
    public static bool TryTellHttp(ReadOnlySpan<byte> first, out SpokenProtocol spoken)
    {
        int known = Math.Min(first.Length, Preface.Length);
        bool isPreface = first[..known].SequenceEqual(Preface[..known]);
        spoken = isPreface ? SpokenProtocol.Http2 : SpokenProtocol.Http1;
        return !first.IsEmpty && (!isPreface || known == Preface.Length);
    }

    /// <summary>A method, a space, and the first byte of a target (RFC 9112 section 3).</summary>
    private static bool TryTellHttp1(ReadOnlySpan<byte> first, out SpokenProtocol spoken)
    {
        spoken = SpokenProtocol.Opaque;
        int length = first.IndexOfAnyExcept(Http1Bytes.Token);
        if (length < 0) return first.Length > MaxMethod;
        if (length is 0 or > MaxMethod || first[length] != ' ') return true;
        if (length + 1 == first.Length) return first.Length == Most;
        byte target = first[length + 1];
        if (target is (byte)'/' or (byte)'*' || char.IsAsciiLetterOrDigit((char)target) || target == '[') spoken = SpokenProtocol.Http1;
        return true;
    }
}
