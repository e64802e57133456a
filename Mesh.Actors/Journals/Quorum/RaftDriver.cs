using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Actors.Journals.Quorum.Storage;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Quorum;

/// <summary>Turns the pure member round: opens its store, gives it time, and does what each <see cref="RaftReady"/> asks.</summary>
/// <remarks>
/// On the control loop. A broken invariant halts the member for good: it says so, answers nothing any more, and the others go on without it.
/// </remarks>
internal sealed class RaftDriver(NodeServices services, QuorumSettings settings, IRaftStorage storage, MachineHost machine)
{
    /// <summary>Why a founder founds nothing.</summary>
    public const string LostLog = "this node's log of the quorum journal (raft.db) was lost";

    internal const string Source = "journal/quorum";

    private readonly Queue<RaftMessage> _toSelf = new();
    private readonly MemberTrouble _trouble = new(services);
    private (bool Leads, long Term, ulong Leader) _told;
    private bool _driving;
    private bool _again;
    private bool _stopped;
    private AppliedMark _held;
    private TimeSpan? _handedOverAt;

    /// <summary>Null until the store was opened.</summary>
    public RaftCore? Core { get; private set; }

    /// <summary>What is wrong with this member, one line; null when nothing is.</summary>
    public string? Trouble => _trouble.Text;

    /// <summary>Why this member does not vote or lead at present, a few words for people elsewhere; empty: it does.</summary>
    public string Inability => Core switch
    {
        { IsImpaired: true } => "lost confirmed writes and does not vote until it caught up",
        { IsStorageFailing: true } => "cannot write its log (raft.db), so it does not vote",
        { IsMachineFailing: true } => "cannot write its journal (journal.db), so it does not lead",
        _ => "",
    };

    public bool IsHalted { get; private set; }

    /// <summary>This node had a log before, and it is gone: it may have been of a group, so this node founds none.</summary>
    public bool HasLostLog { get; private set; }

    /// <summary>Sends to a member by its raft id.</summary>
    public required Action<RaftMessage> Send { get; init; }

    /// <summary>Reads whose index is known.</summary>
    public required Action<ImmutableArray<(long Token, long Index)>> Reads { get; init; }

    /// <summary>Entries that the state machine took, and its replies to commands.</summary>
    public required Action<ImmutableArray<RaftEntry>, ImmutableArray<ByteString?>> Applied { get; init; }

    /// <summary>A follower needs a snapshot.</summary>
    public required Action<ulong> SnapshotWanted { get; init; }

    /// <summary>Term, leader or role changed.</summary>
    public required Action LeadershipChanged { get; init; }

    /// <summary>The lowest index of the log that a snapshot on its way still needs.</summary>
    public required Func<long> Held { get; init; }

    /// <param name="found">This node founded the cluster: if its store belongs to no group, it founds one.</param>
    public void Start(bool found)
    {
        ScheduleTick();
        Load(found);
    }

    private void Load(bool found) =>
        storage.Load(services.Loop.Random.Next(), (recovered, error) =>
        {
            if (_stopped) return;
            if (recovered is not null) machine.Open((applied, failed) => Opened(recovered, applied, failed, found));
            else LogFailed(error!, () => Load(found));
        });

    /// <summary>Nothing more is sent, written or applied.</summary>
    public void Stop() => _stopped = true;

    /// <summary>Gives the member something and does what follows.</summary>
    public void Input(Action<RaftCore> step)
    {
        if (Core is not { } core || IsHalted || _stopped) return;
        try
        {
            step(core);
            Drive(core);
        }
        catch (InvalidOperationException broken)
        {
            IsHalted = true;
            _trouble.Halted(broken);
            _driving = false;
        }
    }

    private void Opened(RaftRecovered recovered, AppliedMark applied, Exception? error, bool found)
    {
        if (_stopped || Core is not null) return;
        if (error is not null)
        {
            MachineFailed(error, () => machine.Open((mark, failed) => Opened(recovered, mark, failed, found)));
            return;
        }

        _trouble.Log = _trouble.Machine = null;
        ControlLoop loop = services.Loop;
        Core = new RaftCore(recovered, settings.Raft, loop.Now, () => services.Loop.Random.Next(), loop.Reached);
        if (recovered.Announced is { } snapshot && applied.Index >= snapshot.Index && snapshot.Index > recovered.Base.Index)
        {
            loop.Reached("quorum: a crash between snapshot and log was mended");
            Core.Installed(snapshot, loop.Now);
        }

        _held = applied;
        HasLostLog = recovered.IsReplacement && Core.GroupId == 0;
        Vouch(Core, applied);
        Input(core =>
        {
            if (!found || core.GroupId != 0) return;
            if (HasLostLog) services.Log(new LogEvent(LogLevel.Warning, Source, $"{LostLog}: it founds no group and waits to be taken in"));
            else Found(core, applied);
        });
    }

    /// <summary>
    /// What the log may believe of the journal beside it. An empty log vouches for nothing: whose journal it is, and how far it is right, only a
    /// leader's snapshot tells. A journal that lacks what the log dropped is no journal: both begin anew.
    /// </summary>
    private void Vouch(RaftCore core, AppliedMark applied)
    {
        if (core.Log.LastIndex == 0) return;
        if (applied.Index >= core.Log.Base.Index) core.Resume(new RaftPosition(applied.Index, applied.Term));
        else core.Begin(services.Loop.Now);
        if (!core.IsImpaired) return;
        string what = core.Log.LastIndex == 0 ? "lacks what its log dropped, so a file was lost or put back" : "lost confirmed writes";
        services.Log(new LogEvent(LogLevel.Warning, Source, $"the journal here {what}: it does not vote until it caught up"));
    }

    /// <summary>
    /// The log begins at 1, as if something had been dropped before it: so every joiner starts from a snapshot, also of what a single node's
    /// journal held before it became the first of a group.
    /// </summary>
    private void Found(RaftCore core, AppliedMark applied)
    {
        core.Installed(StartAfter(applied), services.Loop.Now);
        core.Found(FreshGroup(), services.Messenger.Hello.Name, services.Loop.Now);
    }

    /// <summary>
    /// The operator's way out: this node alone is the group, with what its journal holds. Where the log ends before that, it begins anew behind it:
    /// no new entry may have a number that the journal takes for applied.
    /// </summary>
    public void ForceNewGroup() => Input(core =>
    {
        long held = Math.Max(core.AppliedIndex, _held.Index);
        if (core.Log.LastIndex < Math.Max(1, held)) core.Installed(StartAfter(_held with { Index = held }), services.Loop.Now);
        core.ForceNewGroup(FreshGroup(), services.Messenger.Hello.Name, services.Loop.Now);
        HasLostLog = false;
    });

    private static RaftBase StartAfter(AppliedMark applied) => new(Math.Max(1, applied.Index), Math.Max(1, applied.Term), RaftGroup.Empty);

    private ulong FreshGroup() => services.Loop.Random.Next() | 1;

    private void ScheduleTick() => services.Loop.After(settings.Tick, () =>
    {
        if (_stopped) return;
        Input(core => core.Tick(services.Loop.Now));
        ScheduleTick();
    });

    private void Drive(RaftCore core)
    {
        _again = true;
        if (_driving) return;
        _driving = true;
        while (_again)
        {
            _again = false;
            Do(core.TakeReady());
            _again |= _toSelf.Count > 0;
            while (_toSelf.TryDequeue(out RaftMessage? message)) core.Step(message, services.Loop.Now);
        }

        _driving = false;
        TellLeadership(core);
    }

    private void Do(RaftReady ready)
    {
        foreach (RaftMessage message in ready.Messages)
        {
            if (message.To == message.From) _toSelf.Enqueue(message);
            else Send(message);
        }

        if (ready.Write is { } write) Save(write);
        if (!ready.Apply.IsEmpty) machine.Apply(ready.Apply, (replies, error) => OnApplied(ready.Apply, replies, error));
        if (!ready.Reads.IsEmpty) Reads(ready.Reads);
        foreach (ulong follower in ready.Snapshots) SnapshotWanted(follower);
    }

    private void Save(RaftWrite write) => storage.Save(write, error =>
    {
        if (_stopped) return;
        if (error is null)
        {
            _trouble.Log = null;
            Input(core => core.Written(write, services.Loop.Now));
            return;
        }

        Input(core => core.WriteFailed(services.Loop.Now));
        LogFailed(error, () => Save(write));
    });

    private void OnApplied(ImmutableArray<RaftEntry> entries, ImmutableArray<ByteString?> replies, Exception? error)
    {
        if (_stopped) return;
        if (error is not null)
        {
            Input(core => core.ApplyFailed(services.Loop.Now));
            MachineFailed(error, () => Input(core => core.ApplyAgain()));
            return;
        }

        _trouble.Machine = null;
        Input(core =>
        {
            core.Applied(entries[^1].Index);
            Applied(entries, replies);
            Compact(core);
        });
    }

    private void Compact(RaftCore core)
    {
        bool tooMany = core.Log.Count > settings.CompactEntries, tooBig = core.Log.Bytes > settings.CompactBytes;
        if (core.IsInstalling || (!tooMany && !tooBig)) return;
        int keep = tooBig ? settings.KeepEntries / 16 : settings.KeepEntries;
        long index = Math.Min(Math.Min(core.AppliedIndex, core.Commit) - keep, Held());
        if (index > core.Log.Base.Index) core.Compact(index);
    }

    /// <summary>
    /// The journal here could not read what it holds. Another member may be able to: the lead is handed over, but not every time, for what no member
    /// can read would make it go round. True: it is being handed over, ask again soon.
    /// </summary>
    public bool CannotRead(StorageException damaged)
    {
        _trouble.MachineFailed(damaged);
        bool isLasting = damaged.Fault is StorageFault.Corrupt or StorageFault.Unknown or StorageFault.Full;
        if (!isLasting || Core is not { Role: RaftRole.Leader } core) return false;
        if (core.IsTransferring) return true;
        TimeSpan now = services.Loop.Now;
        if (_handedOverAt is { } before && now - before < settings.HandOverAgainAfter) return false;
        bool isLeaving = false;
        Input(raft => isLeaving = raft.HandOver(now));
        if (!isLeaving) return false;
        _handedOverAt = now;
        services.Loop.Reached("quorum: a leader with a damaged journal handed over");
        return true;
    }

    private void LogFailed(Exception error, Action again)
    {
        _trouble.LogFailed(error);
        Later(again);
    }

    private void MachineFailed(Exception error, Action again)
    {
        _trouble.MachineFailed(error);
        Later(again);
    }

    private void Later(Action again) => services.Loop.After(settings.RetryDisk, () =>
    {
        if (!_stopped) again();
    });

    private void TellLeadership(RaftCore core)
    {
        (bool, long, ulong) now = (core.Role == RaftRole.Leader, core.Term, core.Leader);
        if (now == _told) return;
        _told = now;
        LeadershipChanged();
    }
}
