namespace Mesh.Actors.Membership;

/// <summary>Where a member stands on a ring, and how much a watcher is wanted for a subject: the same on every node and version, for ever.</summary>
/// <remarks>
/// Hot: two multiplications, no allocation. The mixer is splitmix64's (Steele, Lea, Flood 2014), one to one over 64 bits: two uids never share a
/// place.
/// </remarks>
internal static class OverlayHash
{
    /// <summary>A member's place on one ring, 0 to 2^64-1.</summary>
    public static ulong Place(ulong uid, int ring) => Mix(uid + 0x9E3779B97F4A7C15 * (ulong)(ring + 1));

    /// <summary>Rendezvous weight (Thaler, Ravishankar 1998): the watchers with the highest weights have the subject.</summary>
    public static ulong Weight(ulong watcher, ulong subject) => Mix(watcher ^ Mix(subject));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
