using Mesh.Actors.Journals.Quorum.Raft;

namespace Mesh.Actors.Journals.Quorum.Storage;

/// <summary>Where a member of the group keeps log and votes. Called on the control loop, and answers there in order.</summary>
internal interface IRaftStorage : IAsyncDisposable
{
    /// <summary>Reads everything and counts up the boot. A new store takes the id that is offered; one that has an id keeps it.</summary>
    void Load(ulong freshId, Action<RaftRecovered?, Exception?> done);

    /// <summary>Makes a change durable, all of it or none. After a failure the same may be tried again.</summary>
    void Save(RaftWrite write, Action<Exception?> done);

    /// <summary>
    /// Notes which snapshot the state machine is about to take in: it and the log cannot change in one commit, and this note tells of a crash
    /// between the two.
    /// </summary>
    void Announce(RaftBase snapshot, Action<Exception?> done);
}
