namespace Mesh.Actors.Membership;

/// <summary>What tables, consensus, sharding and downing see of the membership. Only on the control loop.</summary>
public interface IMembership
{
    /// <summary>The present view.</summary>
    ClusterState State { get; }

    /// <summary>A change, after <see cref="State"/> shows it.</summary>
    event Action<ClusterEvent>? Changed;

    /// <summary>Declares a member dead. Spreads; cannot be taken back. Nothing happens when it is Down already or unknown.</summary>
    /// <param name="member">Whom; this node itself is allowed.</param>
    /// <param name="reason">One line: kept and logged on every node.</param>
    void Down(UniqueAddress member, string reason);

    /// <summary>
    /// This node is out by its own decision. Nobody is told: those who go on decide it themselves, and to those who are cut off as it is, what it
    /// serves is as good as before.
    /// </summary>
    /// <param name="reason">One line.</param>
    void Quit(string reason) => Down(State.Self, reason);

    /// <summary>Begins this node's, or another's, orderly leave.</summary>
    void Leave(UniqueAddress member);

    /// <summary>
    /// This node's leave waits, as Leaving, until the predicate says true or the leave is over its time; asked ten times a second. A membership that
    /// nobody leaves in order has no use for it.
    /// </summary>
    void AwaitBeforeExiting(string name, Func<bool> done) { }
}
