using Google.Protobuf;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Requests;
using Mesh.Actors.Storage;
using Xunit;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>
/// Writers and readers of a few actors' events, what they were told and when, and whether one order of all explains it. Each event carries a number
/// of its own, so its fate is seen.
/// </summary>
internal sealed class JournalHistory(World world)
{
    private readonly List<Write> _writes = [];
    private readonly List<(string Id, TimeSpan From, TimeSpan To, long Highest)> _reads = [];
    private ulong _stamp;

    public int Acknowledged => _writes.Count(write => write.Outcome == AppendStatus.Written);

    public int Unknown => _writes.Count(write => write.Fault == StorageFault.Unknown);

    public int Unavailable => _writes.Count(write => write.Fault == StorageFault.Unavailable);

    private sealed class Write(string id, long sequenceNr, ulong stamp)
    {
        public string Id { get; } = id;

        public long SequenceNr { get; } = sequenceNr;

        public ulong Stamp { get; } = stamp;

        public TimeSpan Done { get; set; }

        public AppendStatus? Outcome { get; set; }

        public StorageFault? Fault { get; set; }

        /// <summary>A later read of its own caller said that it is not there.</summary>
        public bool WasReadAbsent { get; set; }
    }

    /// <summary>A caller on a node reads where an actor is, writes its next event, and goes on; after an unknown outcome it reads back.</summary>
    public void Work(int nodeIndex, string id, int rounds)
    {
        WorldNode node = world.Nodes[nodeIndex];
        if (rounds == 0 || !node.IsUp) return;
        TimeSpan began = world.Now;
        Ask(node, CallKind.Read, new QuorumQuery { HighestOf = id }, (answer, _) =>
        {
            if (answer is null)
            {
                Again();
                return;
            }

            long highest = QuorumAnswer.Parser.ParseFrom(answer).Highest;
            _reads.Add((id, began, world.Now, highest));
            Append(node, id, highest + 1, Again);
        });

        void Again() => world.At(world.Now + TimeSpan.FromMilliseconds(world.Random.Next(150)), null, () => Work(nodeIndex, id, rounds - 1));
    }

    public void Append(WorldNode node, string id, long sequenceNr, Action next)
    {
        var write = new Write(id, sequenceNr, ++_stamp);
        _writes.Add(write);
        var stored = new JournalEvent(sequenceNr, "e.v1", new byte[world.Random.Next(60)], write.Stamp, default);
        Ask(node, CallKind.Write, JournalMessages.Append([new AtomicWrite(id, [stored], null)], DateTimeOffset.UnixEpoch), (answer, error) =>
        {
            write.Done = world.Now;
            if (answer is not null) write.Outcome = JournalMessages.Outcomes(JournalReply.Parser.ParseFrom(answer))[0].Status;
            else write.Fault = ((StorageException)error!).Fault;
            if (write.Fault == StorageFault.Unknown) ReadBack(node, write);
            next();
        });
    }

    /// <summary>After the world is healed: what a reader finds now is explained by all that was said.</summary>
    public void Check(WorldNode reader)
    {
        foreach (string id in _writes.Select(write => write.Id).Distinct())
        {
            var stored = reader.Machine.Read(id, 1, int.MaxValue).ToDictionary(each => each.SequenceNr, each => each.Writer);
            var stamps = stored.Values.ToHashSet();
            foreach (Write write in _writes.Where(write => write.Id == id))
            {
                string what = $"seed {world.Seed}: {id}/{write.SequenceNr} stamp {write.Stamp} ({write.Outcome}{write.Fault})";
                if (write.Outcome == AppendStatus.Written)
                    Assert.True(stored.GetValueOrDefault(write.SequenceNr) == write.Stamp, $"{what} was acknowledged and is lost");
                else if (write.Outcome == AppendStatus.Conflict || write.Fault is { } fault && fault != StorageFault.Unknown)
                    Assert.False(stamps.Contains(write.Stamp), $"{what} was refused and is there");
                if (write.WasReadAbsent) Assert.False(stamps.Contains(write.Stamp), $"{what} was read back as absent and came later");
            }

            CheckReads(id);
        }
    }

    /// <summary>A read sees every write that was acknowledged, and every state that was read, before it began.</summary>
    private void CheckReads(string id)
    {
        var reads = _reads.Where(read => read.Id == id).OrderBy(read => read.From).ToList();
        foreach ((string _, TimeSpan from, TimeSpan _, long highest) in reads)
        {
            long acknowledged = _writes.Where(write => write.Id == id && write.Outcome == AppendStatus.Written && write.Done < from)
                .Select(write => write.SequenceNr).DefaultIfEmpty().Max();
            long seen = reads.Where(earlier => earlier.To < from).Select(earlier => earlier.Highest).DefaultIfEmpty().Max();
            Assert.True(highest >= acknowledged, $"seed {world.Seed}: a read of {id} at {from} saw {highest} and not {acknowledged}");
            Assert.True(highest >= seen, $"seed {world.Seed}: a read of {id} at {from} saw {highest}, an earlier one {seen}");
        }
    }

    private static void ReadBack(WorldNode node, Write write)
    {
        if (!node.IsUp) return;
        var query = new EventsQuery { PersistenceId = write.Id, From = write.SequenceNr, Max = 1 };
        Ask(node, CallKind.Read, new QuorumQuery { Events = query }, (answer, _) =>
        {
            if (answer is null) return;
            QuorumAnswer found = QuorumAnswer.Parser.ParseFrom(answer);
            write.WasReadAbsent = found.Events.Count == 0 || found.Events[0].Writer != write.Stamp;
        });
    }

    private static void Ask(WorldNode node, CallKind kind, IMessage body, Action<ByteString?, Exception?> done) =>
        node.Quorum!.Client.Ask(kind, body.ToByteString(), done);
}
