using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors.Control;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Requests;
using Mesh.Actors.Journals.Quorum.Storage;
using Mesh.Actors.Membership;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Quorum;

/// <summary>
/// The journal of several core nodes with nothing to install: a Raft group of them whose state machine is the journal. Any node may call; the
/// leader answers.
/// </summary>
/// <remarks>
/// Exactly once without a session table: a command that may have been taken is never sent again, its caller gets
/// <see cref="StorageFault.Unknown"/> and reads back, and what was given up cannot come later than that read (terms and floors in
/// requests see to it).
/// </remarks>
public sealed class QuorumJournalStore : IJournalStore
{
    private readonly NodeServices _services;
    private readonly MachineHost _machine;
    private readonly IRaftStorage _storage;
    private readonly IAsyncDisposable? _thread;

    internal QuorumJournalStore(
        NodeServices services, IMembership membership, QuorumSettings settings, IRaftStorage storage, MachineHost machine, IAsyncDisposable? thread)
    {
        (_services, _storage, _machine, _thread) = (services, storage, machine, thread);
        Node = new QuorumNode(services, membership, settings, storage, machine);
        if (services.Metrics is { } metrics) QuorumMetrics.Register(metrics, Node);
    }

    public string Kind => "quorum";

    public bool IsShared => true;

    /// <summary>The part that lives on the control loop.</summary>
    internal QuorumNode Node { get; }

    /// <summary>Makes the store of a node and begins to take part. On the control loop.</summary>
    /// <param name="services">The node's.</param>
    /// <param name="membership">Who belongs to the cluster.</param>
    /// <param name="settings">The same on all core nodes.</param>
    /// <param name="logPath">The file of log and votes (<c>raft.db</c>), for this process alone.</param>
    /// <param name="openMachine">Opens the journal that is replicated; called on a thread of its own, again after a failure.</param>
    /// <param name="member">This node is a core node.</param>
    /// <param name="found">This node founded the cluster just now: if its store belongs to no group, it founds one.</param>
    internal static QuorumJournalStore Start(
        NodeServices services,
        IMembership membership,
        QuorumSettings settings,
        string logPath,
        Func<IJournalMachine> openMachine,
        bool member,
        bool found)
    {
        var thread = new StorageThread(services.Loop, "mesh-quorum-machine");
        var storage = new RaftStorage(logPath, services.Loop, services.Durable);
        var store = new QuorumJournalStore(services, membership, settings, storage, new MachineHost(openMachine, thread), thread);
        store.Node.Start(member, found);
        return store;
    }

    public ValueTask<ImmutableArray<AppendOutcome>> Append(ImmutableArray<AtomicWrite> batch, CancellationToken cancel) =>
        AppendParts.Append(batch, Commit, cancel);

    public async ValueTask<ImmutableArray<JournalEvent>> Read(string persistenceId, long fromSequenceNr, int max, CancellationToken cancel)
    {
        JournalRules.CheckName("persistence id", persistenceId);
        var query = new EventsQuery { PersistenceId = persistenceId, From = fromSequenceNr, Max = max };
        QuorumAnswer answer = await Query(new QuorumQuery { Events = query }, cancel).ConfigureAwait(false);
        return [.. answer.Events.Select(each => JournalMessages.From(each, each.WrittenAt))];
    }

    public async ValueTask<long> HighestSequenceNr(string persistenceId, CancellationToken cancel)
    {
        JournalRules.CheckName("persistence id", persistenceId);
        return (await Query(new QuorumQuery { HighestOf = persistenceId }, cancel).ConfigureAwait(false)).Highest;
    }

    public ValueTask<AppendOutcome> DeleteEvents(string persistenceId, long toSequenceNr, Fence? fence, CancellationToken cancel) => Change(
        JournalRules.RejectName("persistence id", persistenceId) ?? JournalRules.Reject(fence),
        () => JournalMessages.Delete(persistenceId, toSequenceNr, fence, _services.Loop.UtcNow),
        cancel);

    public ValueTask<AppendOutcome> SaveSnapshot(Snapshot snapshot, Fence? fence, CancellationToken cancel) => Change(
        JournalRules.Reject(snapshot) ?? JournalRules.Reject(fence),
        () => JournalMessages.Save(snapshot, fence, _services.Loop.UtcNow),
        cancel);

    public async ValueTask<Snapshot?> LoadSnapshot(string persistenceId, long toSequenceNr, CancellationToken cancel)
    {
        JournalRules.CheckName("persistence id", persistenceId);
        var query = new SnapshotQuery { PersistenceId = persistenceId, To = toSequenceNr };
        QuorumAnswer answer = await Query(new QuorumQuery { Snapshot = query }, cancel).ConfigureAwait(false);
        return answer.Snapshot is { } data ? JournalMessages.From(data, data.WrittenAt) : null;
    }

    public async ValueTask<ClaimOutcome> Claim(Fence fence, ulong owner, CancellationToken cancel)
    {
        JournalRules.CheckFence(fence);
        JournalCommand command = JournalMessages.Claim(fence, owner, _services.Loop.UtcNow);
        return JournalMessages.Claimed(await Submit(command, cancel, CallKind.RepeatableWrite).ConfigureAwait(false));
    }

    public ValueTask<AppendOutcome> Remember(
        Fence fence, ImmutableArray<string> started, ImmutableArray<string> stopped, CancellationToken cancel) => Change(
        JournalRules.Reject(fence, started, stopped),
        () => JournalMessages.Remember(fence, started, stopped, _services.Loop.UtcNow),
        cancel);

    public async ValueTask<ImmutableArray<string>> Remembered(ShardKey shard, CancellationToken cancel)
    {
        var query = new RememberedQuery { Type = shard.Type, Shard = shard.Shard };
        return [.. (await Query(new QuorumQuery { Remembered = query }, cancel).ConfigureAwait(false)).Remembered];
    }

    public async ValueTask<LeaseOutcome> AcquireLease(string name, ulong holder, TimeSpan duration, CancellationToken cancel)
    {
        JournalRules.CheckLease(name, holder, duration);
        var ask = new AcquireLease { Name = name, Holder = holder, DurationMs = (long)Math.Ceiling(duration.TotalMilliseconds) };
        JournalCommand command = JournalMessages.Acquire(ask, _services.Loop.UtcNow);
        return JournalMessages.Leased(await Submit(command, cancel, CallKind.RepeatableWrite).ConfigureAwait(false));
    }

    public async ValueTask ReleaseLease(string name, ulong holder, CancellationToken cancel)
    {
        JournalRules.CheckName("lease", name);
        await Submit(JournalMessages.Release(name, holder, _services.Loop.UtcNow), cancel).ConfigureAwait(false);
    }

    /// <remarks>What this node knows of the group; numbers of the journal are the leader's, or this member's own when none answers.</remarks>
    public async ValueTask<JournalStatus> Status(CancellationToken cancel)
    {
        MachineFacts? leaders = null;
        try
        {
            if (Node.Known is not null)
                leaders = QuorumQueries.From((await Query(new QuorumQuery { Facts = true }, cancel).ConfigureAwait(false)).Facts);
        }
        catch (StorageException)
        {
            leaders = null;
        }

        var done = new TaskCompletionSource<JournalStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        _services.Loop.Post(() => _machine.Facts((facts, error) =>
            done.TrySetResult(QuorumStatus.Of(Node, leaders ?? (error is null ? facts : null), _services.Loop.Now))));
        return await done.Task.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Hands the lead to another member, if this one has it: the first step of an orderly leave. Any thread.</summary>
    public void HandOver() => _services.Loop.Post(Node.HandOver);

    /// <summary>
    /// The operator's last resort when a majority of the voters is lost for good: this node alone goes on as a new group. Any thread.
    /// </summary>
    public void ForceNewGroup() => _services.Loop.Post(Node.ForceNewGroup);

    public async ValueTask DisposeAsync()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _services.Loop.Post(() =>
        {
            Node.Stop();
            _machine.Dispose(() => stopped.TrySetResult());
        });
        await stopped.Task.ConfigureAwait(false);
        if (_thread is not null) await _thread.DisposeAsync().ConfigureAwait(false);
        await _storage.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<ImmutableArray<AppendOutcome>> Commit(ImmutableArray<AtomicWrite> part, CancellationToken cancel) =>
        JournalMessages.Outcomes(await Submit(JournalMessages.Append(part, _services.Loop.UtcNow), cancel).ConfigureAwait(false));

    private async ValueTask<AppendOutcome> Change(string? rejected, Func<JournalCommand> command, CancellationToken cancel) =>
        rejected is null
            ? JournalMessages.Outcome(await Submit(command(), cancel).ConfigureAwait(false))
            : new AppendOutcome(AppendStatus.Rejected, 0, rejected);

    private async ValueTask<JournalReply> Submit(JournalCommand command, CancellationToken cancel, CallKind kind = CallKind.Write) =>
        JournalReply.Parser.ParseFrom(await Node.Client.Ask(kind, command.ToByteString(), cancel).ConfigureAwait(false));

    private async ValueTask<QuorumAnswer> Query(QuorumQuery query, CancellationToken cancel) =>
        QuorumAnswer.Parser.ParseFrom(await Node.Client.Ask(CallKind.Read, query.ToByteString(), cancel).ConfigureAwait(false));
}
