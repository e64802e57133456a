using System.Buffers.Binary;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>Versions as namerd shows them: base64 of eight bytes, big-endian, without quotes.</summary>
internal static class ETags
{
    /// <summary>A version that no namespace has: what an If-Match means that is none of our tags.</summary>
    public const long Nobodys = long.MaxValue;

    public static string Of(long version)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, version);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>The version of a tag, with or without quotes. A weak one matches nothing, since ours are strong.</summary>
    public static long Version(string tag)
    {
        tag = tag.Trim().Trim('"');
        Span<byte> bytes = stackalloc byte[sizeof(long) + 1];
        if (!Convert.TryFromBase64String(tag, bytes, out int length) || length != sizeof(long)) return Nobodys;
        long version = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return version > 0 ? version : Nobodys;
    }
}
