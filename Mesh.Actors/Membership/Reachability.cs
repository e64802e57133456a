namespace Mesh.Actors.Membership;

/// <summary>What one observer last said about one subject. Numbers cross the wire.</summary>
public enum ReachabilityStatus : byte
{
    Reachable = 1,

    /// <summary>It does not answer me, nor those that I asked to try; somebody should agree, or it should refute.</summary>
    Suspect = 2,

    Unreachable = 3,
}

/// <summary>One observer's word about one subject. Only the observer writes it; of two, the higher version is true.</summary>
/// <param name="Observer">Who says so.</param>
/// <param name="Subject">Of whom.</param>
/// <param name="SubjectIncarnation">What it knew of the subject: a higher incarnation refutes an accusation.</param>
/// <param name="Status">What it says.</param>
/// <param name="Version">Counts the observer's words, from 1.</param>
public sealed record ReachabilityRow(
    UniqueAddress Observer, UniqueAddress Subject, ulong SubjectIncarnation, ReachabilityStatus Status, ulong Version);
