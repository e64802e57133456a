using System.Buffers.Binary;

namespace Mesh.Actors.Tables;

/// <summary>What a table's copy on the disk says of itself: one byte of format and two times, in seconds since 1970.</summary>
/// <param name="WrittenAt">Of its last write.</param>
/// <param name="ConfirmedAt">When others last had the same rows; null: never. Of copies of older versions the last write is the best guess.</param>
internal readonly record struct CopyStamp(DateTimeOffset WrittenAt, DateTimeOffset? ConfirmedAt)
{
    /// <summary>A copy of a later one was made by a newer version.</summary>
    public const byte Format = 1;

    private const int OldBytes = 1 + sizeof(long);
    private const int Bytes = OldBytes + sizeof(long);

    /// <summary>The year 4147; a time beyond is no time.</summary>
    private const long LastSecond = 1L << 36;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out CopyStamp stamp)
    {
        stamp = default;
        if (bytes.Length < OldBytes || bytes[0] != Format) return false;
        long written = BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]);
        long confirmed = bytes.Length >= Bytes ? BinaryPrimitives.ReadInt64LittleEndian(bytes[OldBytes..]) : written;
        stamp = new CopyStamp(
            DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(written, 0, LastSecond)),
            confirmed is > 0 and < LastSecond ? DateTimeOffset.FromUnixTimeSeconds(confirmed) : null);
        return true;
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[Bytes];
        bytes[0] = Format;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), WrittenAt.ToUnixTimeSeconds());
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(OldBytes), ConfirmedAt?.ToUnixTimeSeconds() ?? 0);
        return bytes;
    }
}
