using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Quorum.Protocol;

namespace Mesh.Actors.Journals.Quorum.Storage;

/// <summary>Questions to a journal as bytes, answered from its machine.</summary>
internal static class QuorumQueries
{
    public static QuorumAnswer Answer(IJournalReads reads, QuorumQuery query)
    {
        var answer = new QuorumAnswer();
        switch (query.QueryCase)
        {
            case QuorumQuery.QueryOneofCase.Events:
                EventsQuery events = query.Events;
                answer.Events.AddRange(reads.Read(events.PersistenceId, events.From, events.Max).Select(JournalMessages.ToData));
                break;
            case QuorumQuery.QueryOneofCase.HighestOf:
                answer.Highest = reads.HighestSequenceNr(query.HighestOf);
                break;
            case QuorumQuery.QueryOneofCase.Snapshot:
                if (reads.LoadSnapshot(query.Snapshot.PersistenceId, query.Snapshot.To) is { } snapshot)
                    answer.Snapshot = JournalMessages.ToData(snapshot);
                break;
            case QuorumQuery.QueryOneofCase.Remembered:
                answer.Remembered.AddRange(reads.Remembered(new ShardKey(query.Remembered.Type, query.Remembered.Shard)));
                break;
            case QuorumQuery.QueryOneofCase.Facts:
                answer.Facts = ToAnswer(reads.Facts());
                break;
            default:
                throw new NotSupportedException("a newer version asks what this one does not know: update this node");
        }

        return answer;
    }

    public static MachineFacts From(FactsAnswer facts) =>
        new(facts.Actors, facts.Events, facts.Snapshots, facts.Shards, facts.Leases, facts.PayloadBytes);

    private static FactsAnswer ToAnswer(MachineFacts facts) => new()
    {
        Actors = facts.Actors,
        Events = facts.Events,
        Snapshots = facts.Snapshots,
        Shards = facts.Shards,
        Leases = facts.Leases,
        PayloadBytes = facts.PayloadBytes,
    };
}
