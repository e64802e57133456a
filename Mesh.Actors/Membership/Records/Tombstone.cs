namespace Mesh.Actors.Membership.Records;

/// <summary>A process that was removed. It outweighs every other record of that uid for as long as a lagging node could still bring one.</summary>
/// <param name="Node">Which process.</param>
/// <param name="RemovedAt">On this node's monotonic clock; negative when it happened before the clock began. Nodes exchange the age.</param>
/// <param name="Downed">False: it left in order.</param>
/// <param name="Reason">One line.</param>
internal sealed record Tombstone(UniqueAddress Node, TimeSpan RemovedAt, bool Downed, string Reason)
{
    /// <summary>The older moment, so that all forget at about the same time; downed and the greater reason win ties of defects.</summary>
    public static Tombstone Merge(Tombstone one, Tombstone other) => new(
        one.Node,
        one.RemovedAt <= other.RemovedAt ? one.RemovedAt : other.RemovedAt,
        one.Downed || other.Downed,
        string.CompareOrdinal(one.Reason, other.Reason) >= 0 ? one.Reason : other.Reason);

    /// <remarks>Age, reason and blame are left out: nodes differ in them by what was on the way, and need not agree.</remarks>
    public static ulong Hash(ulong uid)
    {
        var hash = new StableHash();
        hash.Add(uid);
        hash.Add(0xDEAD);
        return hash.Value;
    }
}
