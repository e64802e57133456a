using System.Globalization;
using System.Text;
using Mesh.Actors.Journals;

namespace Mesh.Actors.Sharding;

/// <summary>Which shard an entity belongs to: FNV-1a, 64 bits, over the UTF-8 of its id. The same on every node, in every version.</summary>
internal static class ShardHash
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static int ShardOf(string entityId, int numberOfShards)
    {
        ulong hash = Offset;
        foreach (byte one in Encoding.UTF8.GetBytes(entityId)) hash = (hash ^ one) * Prime;

        // FNV's low bits are its weakest.
        hash ^= hash >> 32;
        return (int)(hash % (ulong)numberOfShards);
    }

    public static ShardKey Key(string type, int shard) => new(type, shard.ToString(CultureInfo.InvariantCulture));
}
