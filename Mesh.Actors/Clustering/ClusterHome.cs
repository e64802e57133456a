using Mesh.Actors.Storage;

namespace Mesh.Actors.Clustering;

/// <summary>
/// The files of a node's cluster, in one directory: <c>state.db</c> (memory and votes), <c>raft.db</c> (the quorum's log), <c>journal.db</c>.
/// </summary>
/// <param name="directory">Exists, and belongs to this node alone.</param>
internal sealed class ClusterHome(string directory)
{
    public string State => Path.Combine(directory, "state.db");

    public string Log => Path.Combine(directory, "raft.db");

    public string Journal => Path.Combine(directory, "journal.db");

    /// <exception cref="StorageException">The file is in use, corrupt, too new or out of reach; the text says what to do.</exception>
    public SqliteDurableMap OpenState() => SqliteDurableMap.Open(State);
}
