using Mesh.Wire;

namespace Mesh.Actors.Membership.Joining;

/// <summary>What tells one cluster from all others, even of one name: 128 random bits, in hexadecimal, made when it is founded.</summary>
internal static class ClusterIds
{
    /// <summary>An id that no other cluster has.</summary>
    public static string New(ref SplitMix64 random)
    {
        ulong high = random.Next(), low = random.Next();
        return $"{high:x16}{low:x16}";
    }
}
