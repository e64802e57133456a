namespace Mesh.Actors.Remoting;

/// <summary>Which queue a message waits in. Control has a connection of its own, so that no payload delays a heartbeat.</summary>
public enum Lane : byte
{
    /// <summary>Membership, heartbeats, leases, consensus. Frames up to 64 KiB.</summary>
    Control,

    /// <summary>Watches and their obituaries, handoff. Frames up to 256 KiB.</summary>
    System,

    /// <summary>Messages between actors. Frames up to 1 MiB.</summary>
    User,

    /// <summary>Whole tables, snapshots. Frames up to 4 MiB, cut into slices so that the lanes above get through.</summary>
    Bulk,
}
