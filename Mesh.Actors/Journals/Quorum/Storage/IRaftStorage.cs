using Mesh.Actors.Journals.Quorum.Raft;

namespace Mesh.Actors.Journals.Quorum.Storage;

/// <summary>Where a member of the group keeps log and votes. Called on the control loop and answering there, later, in the order of the calls.</summary>
internal interface IRaftStorage : IAsyncDisposable
{
    /// <summary>Reads everything and counts up the boot. A new store takes the id that is offered; one that has an id keeps it.</summary>
    void Load(ulong freshId, Action<RaftRecovered?, Exception?> done);

    /// <summary>Makes a change durable, all of it or none. After a failure the same may be tried again.</summary>
    void Save(RaftWrite write, Action<Exception?> done);

    /// <summary>
    /// Notes which snapshot the state machine is about to take in: it and the log cannot change in one commit, and a crash between the two is told by this
    /// note.
    /// </summary>
    void Announce(RaftBase snapshot, Action<Exception?> done);
}
