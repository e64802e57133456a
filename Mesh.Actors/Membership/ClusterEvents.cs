namespace Mesh.Actors.Membership;

/// <summary>Something changed in this node's view of the cluster. Published in order, each once per change.</summary>
public abstract record ClusterEvent
{
    private ClusterEvent() { }

    /// <summary>A member's status changed.</summary>
    public abstract record MemberEvent(Member Member) : ClusterEvent;

    public sealed record MemberJoined(Member Member) : MemberEvent(Member);

    public sealed record MemberWeaklyUp(Member Member) : MemberEvent(Member);

    public sealed record MemberUp(Member Member) : MemberEvent(Member);

    public sealed record MemberLeft(Member Member) : MemberEvent(Member);

    public sealed record MemberExited(Member Member) : MemberEvent(Member);

    public sealed record MemberDowned(Member Member) : MemberEvent(Member);

    /// <summary>It is no member any more.</summary>
    /// <param name="Member">As it was, with status Removed.</param>
    /// <param name="PreviousStatus">Down, or Exiting when it left in order.</param>
    public sealed record MemberRemoved(Member Member, MemberStatus PreviousStatus) : MemberEvent(Member);

    public sealed record UnreachableMember(Member Member) : ClusterEvent;

    public sealed record ReachableMember(Member Member) : ClusterEvent;

    /// <param name="Leader">Null: nobody reachable may lead.</param>
    public sealed record LeaderChanged(UniqueAddress? Leader) : ClusterEvent;

    /// <summary>This node is out of the cluster, by its own wish or not, and must end or start anew with a new uid.</summary>
    /// <param name="Downed">True when it was declared dead, or decided so itself.</param>
    /// <param name="Reason">One line for the operator.</param>
    public sealed record SelfRemoved(bool Downed, string Reason) : ClusterEvent;
}
