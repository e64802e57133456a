using Mesh.Actors.Control;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Quorum;
using Mesh.Actors.Journals.Quorum.Storage;
using Mesh.Actors.Journals.Sqlite;
using Mesh.Actors.Journals.Postgres;
using Mesh.Actors.Membership;

namespace Mesh.Actors.Clustering;

/// <summary>Opens the journal that a node's settings name.</summary>
internal static class ClusterJournal
{
    /// <summary>The store; the quorum's takes part only once <see cref="Begin"/> is called. On the control loop.</summary>
    public static IJournalStore Open(
        ClusterSettings settings, ClusterHome home, NodeServices services, IMembership membership, bool isCore, TimeProvider time)
    {
        string kind = settings.Journal.Kind.ToString().ToLowerInvariant();
        JournalMetrics? metrics = services.Metrics is { } scope ? new JournalMetrics(scope, kind) : null;
        switch (settings.Journal.Kind)
        {
            case JournalKind.Postgresql:
                return new PostgresJournalStore(settings.Journal, time, metrics);
            case JournalKind.Memory:
                return new MemoryJournalStore(time);
            case JournalKind.Quorum:
                var thread = new StorageThread(services.Loop, "mesh-journal");
                var host = new MachineHost(() => SqliteJournalMachine.Open(home.Journal), thread);
                return new QuorumJournalStore(
                    services, membership, settings.Quorum, new RaftStorage(home.Log, services.Loop, services.Durable), host, thread);
            default:
                return isCore
                    ? SqliteJournalStore.Open(home.Journal, time, metrics)
                    : new NoJournalStore("this node is no core node: the journal is the core node's own file");
        }
    }

    /// <summary>
    /// The node is a member now. <paramref name="founded"/>: of a cluster that it founded itself, so that the group is its to found too.
    /// </summary>
    public static void Begin(IJournalStore journal, bool isCore, bool founded)
    {
        if (journal is QuorumJournalStore quorum) quorum.Node.Start(isCore, isCore && founded);
    }
}
