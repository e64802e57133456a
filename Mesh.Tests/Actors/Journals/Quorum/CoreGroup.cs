using Google.Protobuf;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Wire;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>Bare members whose messages a test delivers or drops. Ids are 1, 2, 3..; the log begins behind index 1 of term 1.</summary>
internal sealed class CoreGroup
{
    private readonly Dictionary<ulong, RaftCore> _cores = [];
    private readonly RaftGroup _group;

    public CoreGroup(int count)
    {
        _group = RaftGroup.Empty;
        for (ulong id = 1; id <= (ulong)count; id++) _group = _group.With(id, $"n{id}", voter: true);
        for (ulong id = 1; id <= (ulong)count; id++) Open(id, new RaftHardState(1, 0, 1, 1, 7), []);
    }

    public static RaftLimits Limits { get; } = new();

    public TimeSpan Now { get; private set; } = TimeSpan.FromSeconds(100);

    public SortedSet<string> Reached { get; } = [];

    /// <summary>What was taken off the wire, in order.</summary>
    public List<RaftMessage> Seen { get; } = [];

    public RaftCore this[ulong id] => _cores[id];

    /// <summary>A member as its store would bring it up.</summary>
    public RaftCore Open(ulong id, RaftHardState hard, IEnumerable<RaftEntry> entries)
    {
        var random = new SplitMix64(id);
        var recovered = new RaftRecovered(id, hard, new RaftBase(1, 1, _group), [.. entries], null);
        var core = new RaftCore(recovered, Limits, Now, () => random.Next(), point => Reached.Add(point));
        return _cores[id] = core;
    }

    /// <summary>The member comes up again with what it has.</summary>
    public RaftCore Restart(ulong id)
    {
        RaftCore old = _cores[id];
        return Open(id, new RaftHardState(old.Term, old.Vote, old.Commit, old.Boot + 1, 7, old.IsImpaired), Entries(old));
    }

    public static IEnumerable<RaftEntry> Entries(RaftCore core)
    {
        for (long index = core.Log.Base.Index + 1; index <= core.Log.LastIndex; index++) yield return core.Log[index];
    }

    public void Pass(double seconds) => Now += TimeSpan.FromSeconds(seconds);

    /// <summary>One member's patience ends, at most three times; only what the filter lets through arrives.</summary>
    public void Elect(ulong id, Func<RaftMessage, RaftMessage?>? filter = null)
    {
        for (int i = 0; i < 3; i++)
        {
            Pass(4);
            this[id].Tick(Now);
            Pump(filter);
            if (this[id].Role == RaftRole.Leader) return;
        }
    }

    public long Propose(ulong id)
    {
        this[id].Propose(ByteString.CopyFromUtf8("x"), Now, out long index);
        return index;
    }

    /// <summary>Lets everything happen: disks work at once, messages arrive as the filter gives them; null is lost.</summary>
    public void Pump(Func<RaftMessage, RaftMessage?>? filter = null)
    {
        bool moved = true;
        for (int turn = 0; moved && turn < 1000; turn++)
        {
            moved = false;
            foreach (RaftCore core in _cores.Values.ToArray())
            {
                foreach (RaftMessage message in Turn(core))
                {
                    moved = true;
                    Seen.Add(message);
                    RaftMessage? given = message.To == message.From || filter is null ? message : filter(message);
                    if (given is not null && _cores.TryGetValue(given.To, out RaftCore? to)) to.Step(given, Now);
                }
            }
        }
    }

    private List<RaftMessage> Turn(RaftCore core)
    {
        var messages = new List<RaftMessage>();
        while (true)
        {
            RaftReady ready = core.TakeReady();
            messages.AddRange(ready.Messages);
            if (!ready.Apply.IsEmpty) core.Applied(ready.Apply[^1].Index);
            if (ready.Write is { } write) core.Written(write, Now);
            else if (ready.Apply.IsEmpty) return messages;
        }
    }
}
