using System.Buffers.Binary;

namespace Mesh.Wire.Http1;

/// <summary>Reads <c>HTTP/DIGIT.DIGIT</c> (RFC 9112 section 2.3); minor versions above 1 count as 1 (RFC 9110 section 2.5).</summary>
internal static class HttpVersion
{
    public const int Length = 8;

    private static readonly ulong Http11 = BinaryPrimitives.ReadUInt64LittleEndian("HTTP/1.1"u8);

    /// <summary>True for exactly <c>HTTP/1.1</c>; <paramref name="bytes"/> holds at least <see cref="Length"/>.</summary>
    public static bool IsHttp11(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes) == Http11;

    public static RejectReason Read(ReadOnlySpan<byte> bytes, out byte minor)
    {
        minor = 1;
        if (IsHttp11(bytes)) return RejectReason.None;
        bool formed = bytes.StartsWith("HTTP/"u8) && char.IsAsciiDigit((char)bytes[5]) && bytes[6] == '.' && char.IsAsciiDigit((char)bytes[7]);
        if (!formed) return RejectReason.InvalidVersion;
        if (bytes[5] != '1') return RejectReason.UnsupportedVersion;
        if (bytes[7] == '0') minor = 0;
        return RejectReason.None;
    }
}
