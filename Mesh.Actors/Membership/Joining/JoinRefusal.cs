namespace Mesh.Actors.Membership.Joining;

/// <summary>Why a node may not join. Numbers cross the wire.</summary>
internal enum JoinRefusal : byte
{
    OtherClusterName = 1,

    OtherClusterId = 2,

    /// <summary>Settings that must be equal differ.</summary>
    OtherConfig = 3,

    /// <summary>The process before it at its address is still being removed: try again soon.</summary>
    OldProcess = 4,

    /// <summary>The asked one is leaving, or sees no leader: ask another.</summary>
    NotReady = 5,

    /// <summary>This uid is Down or was removed: it needs a new process.</summary>
    Removed = 6,

    /// <summary>The cluster has as many members as it can.</summary>
    Full = 7,

    /// <summary>What it says of itself breaks a bound.</summary>
    Malformed = 8,
}
