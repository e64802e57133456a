using System.Buffers.Text;

namespace Mesh.Wire.Http1;

/// <summary>
/// Chunk framing around a payload that already lies in a buffer: the size line is written into the room before it, backward, and CRLF behind it,
/// so that the payload is not copied again (RFC 9112 section 7.1).
/// </summary>
/// <remarks>Hot path.</remarks>
internal static class ChunkFrame
{
    /// <summary>Room that a size line may need: 16 digits and CRLF.</summary>
    public const int PrefixBytes = 18;

    /// <summary>The CRLF behind the payload.</summary>
    public const int SuffixBytes = 2;

    /// <summary>
    /// Frames the <paramref name="length"/> bytes at <paramref name="payloadStart"/>; the frame starts at the returned offset and ends <see
    /// cref="SuffixBytes"/> behind the payload.
    /// </summary>
    public static int WriteAround(Span<byte> buffer, int payloadStart, int length)
    {
        "\r\n"u8.CopyTo(buffer[(payloadStart + length)..]);
        int at = payloadStart;
        buffer[--at] = (byte)'\n';
        buffer[--at] = (byte)'\r';
        for (int rest = length; ; rest >>= 4)
        {
            buffer[--at] = "0123456789abcdef"u8[rest & 0xF];
            if (rest < 16) return at;
        }
    }

    /// <summary>Writes a size line forward; returns its length.</summary>
    public static int WritePrefix(Span<byte> room, int length)
    {
        Utf8Formatter.TryFormat((uint)length, room, out int written, 'x');
        "\r\n"u8.CopyTo(room[written..]);
        return written + 2;
    }
}
