namespace Mesh.Actors.Membership;

/// <summary>Where the failure detector writes what this node observes; the rows spread by gossip. Only on the control loop.</summary>
internal interface IReachabilityBook
{
    /// <summary>This node's present word about a subject; Reachable when it never said anything.</summary>
    ReachabilityStatus Of(UniqueAddress subject);

    /// <summary>Says it, about the incarnation that is known now. The same word again changes nothing.</summary>
    void Report(UniqueAddress subject, ReachabilityStatus status);

    /// <summary>Raises this node's own incarnation above the one that was accused, and spreads that first.</summary>
    /// <param name="accusedIncarnation">Which incarnation the accuser knew.</param>
    void Refute(ulong accusedIncarnation);
}
