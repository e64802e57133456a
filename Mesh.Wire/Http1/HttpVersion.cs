namespace Mesh.Wire.Http1;

/// <summary>Reads <c>HTTP/DIGIT.DIGIT</c> (RFC 9112 section 2.3); minor versions above 1 count as 1 (RFC 9110 section 2.5).</summary>
internal static class HttpVersion
{
    public const int Length = 8;

    public static RejectReason Read(ReadOnlySpan<byte> bytes, out byte minor)
    {
        minor = 0;
        bool formed = bytes.Length >= Length && bytes.StartsWith("HTTP/"u8) && char.IsAsciiDigit((char)bytes[5]) && bytes[6] == '.'
            && char.IsAsciiDigit((char)bytes[7]);
        if (!formed) return RejectReason.InvalidVersion;
        if (bytes[5] != '1') return RejectReason.UnsupportedVersion;
        minor = bytes[7] == '0' ? (byte)0 : (byte)1;
        return RejectReason.None;
    }
}
