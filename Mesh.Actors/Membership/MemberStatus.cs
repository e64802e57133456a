namespace Mesh.Actors.Membership;

/// <summary>How far a member's life in the cluster has come. It only goes forward: of two views the later status is true.</summary>
/// <remarks>Akka's states in the order in which views merge. Numbers cross the wire.</remarks>
public enum MemberStatus : byte
{
    /// <summary>It asked to join.</summary>
    Joining = 1,

    /// <summary>It takes part while an unreachable core member keeps the leader from admitting it for good.</summary>
    WeaklyUp = 2,

    Up = 3,

    /// <summary>It asked to leave and hands over what it has.</summary>
    Leaving = 4,

    /// <summary>It has nothing left and may end.</summary>
    Exiting = 5,

    /// <summary>Declared dead. It will not come back under this uid.</summary>
    Down = 6,

    /// <summary>Forgotten, but for its tombstone.</summary>
    Removed = 7,
}
