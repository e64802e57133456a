using System.Collections.Immutable;
using Mesh.Actors.Events;
using Mesh.Actors.Journals;
using Mesh.Actors.Remoting;
using Mesh.Actors.Sharding;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Persistence;

/// <summary>
/// An actor whose state is the fold of its stored events: commands are judged, events are stored, and only then does the state change. It
/// recovers before its first command, and while events are being stored no other message gets in.
/// </summary>
/// <remarks>
/// Waiting for the journal is the actor's awaiting turn, so commands wait in its mailbox in their order, a PoisonPill among them. A fenced or
/// conflicting write means that another owner writes: the actor stops, and what it meant to do or say afterwards is not done or said.
/// </remarks>
public abstract class PersistentActor : ActorBase
{
    private readonly PersistenceExtension _persistence;
    private readonly List<Func<object, bool>> _commands = [];
    private readonly List<Func<object, bool>> _recovers = [];
    private readonly HashSet<Type> _told = [];
    private readonly List<PendingEvents> _pending = [];
    private readonly ulong _writer;
    private readonly SnapshotKeeping _snapshots = new();
    private bool _recovered;

    protected PersistentActor(PersistenceExtension persistence)
    {
        _persistence = persistence;
        _writer = (ulong)Cell.System.NextUid();
    }

    /// <summary>Under which name the events are stored; the same for ever, 1 to 255 characters.</summary>
    public abstract string PersistenceId { get; }

    /// <summary>The claim of the shard that the actor belongs to; null outside of shards.</summary>
    protected virtual Fence? Fence => null;

    /// <summary>The number of the last event stored or recovered; 0 before the first.</summary>
    protected long LastSequenceNr { get; private set; }

    /// <summary>True until <see cref="RecoveryCompleted"/> was handled.</summary>
    protected bool IsRecovering => !_recovered;

    /// <summary>Takes every command of a type. Constructor only.</summary>
    protected void Command<T>(Action<T> handler)
    {
        _commands.Add(Typed(handler));
        _told.Add(typeof(T));
    }

    /// <summary>Takes what is stored, of a type: events, <see cref="SnapshotOffer"/>, <see cref="RecoveryCompleted"/>. Constructor only.</summary>
    protected void Recover<T>(Action<T> handler) => _recovers.Add(Typed(handler));

    /// <summary>
    /// Stores an event, then calls the handler in this actor's turn, with Sender as now. What one command persists is stored in one piece.
    /// </summary>
    /// <exception cref="InvalidOperationException">No serializer knows the event's type; or the actor is recovering.</exception>
    protected void Persist<T>(T @event, Action<T> handler) where T : notnull => PersistAll([@event], handler);

    /// <summary>Stores events in one piece, then calls the handler for each.</summary>
    protected void PersistAll<T>(IEnumerable<T> events, Action<T> handler) where T : notnull
    {
        if (IsRecovering) throw new InvalidOperationException($"{PersistenceId} persists while it recovers");
        _pending.Add(new PendingEvents(
            [.. events.Select(each => ((object)each, Serialized(each)))], each => handler((T)each)));
    }

    /// <summary>
    /// Stores the state as it is now, at <see cref="LastSequenceNr"/>, once this command's events are stored. Failing is logged; who has a Command
    /// for <see cref="SaveSnapshotSuccess"/> or <see cref="SaveSnapshotFailure"/> is told.
    /// </summary>
    /// <exception cref="InvalidOperationException">No serializer knows the state's type.</exception>
    protected void SaveSnapshot(object state)
    {
        // At once: events that are stored first would change a mutable state, and recovery would apply them twice.
        SerializedMessage bytes = Serialized(state);
        _snapshots.Save(new Snapshot(PersistenceId, LastSequenceNr, bytes.Manifest, bytes.Payload, default));
    }

    /// <summary>
    /// Forgets events up to that number, after this command's events and snapshot are stored; but none that follows the oldest snapshot which is kept
    /// to fall back on (<see cref="JournalLimits.SnapshotsKept"/>), so that any of them can be recovered from. Failing is logged; who has a Command
    /// for <see cref="DeleteEventsSuccess"/> or <see cref="DeleteEventsFailure"/> is told.
    /// </summary>
    protected void DeleteEvents(long toSequenceNr) => _snapshots.Delete(toSequenceNr);

    /// <summary>
    /// The store said no, and nothing was written: too big, or not there now. The event's handler is not called; the actor goes on.
    /// </summary>
    /// <remarks>Tells the command's sender <see cref="Status.Failure"/>, so that who asked knows at once.</remarks>
    protected virtual void OnPersistRejected(Exception cause, object @event)
    {
        Log(LogLevel.Warning, $"{@event.GetType().Name} was not stored: {cause.Message}", null);
        Cell.SenderOrNull?.Tell(new Status.Failure(cause), Self);
    }

    /// <summary>Another owner writes, or what became of a write cannot be learnt. The actor stops after this.</summary>
    protected virtual void OnPersistFailure(Exception cause, object @event) =>
        Log(LogLevel.Error, $"stops: {@event.GetType().Name} was not stored: {cause.Message}", null);

    /// <summary>What is stored could not be read or understood. The actor stops after this.</summary>
    protected virtual void OnRecoveryFailure(Exception cause) =>
        Log(LogLevel.Error, $"stops: {PersistenceId} cannot recover: {cause.Message}", cause);

    protected sealed override bool Receive(object message) => Offer(_commands, message);

    internal override bool Deliver(object message)
    {
        bool handled;
        try
        {
            handled = base.Deliver(message);
        }
        catch
        {
            // Its supervisor may let it go on: what a failed command meant to store must not be stored with the next one's.
            Forget();
            throw;
        }

        if (_pending.Count > 0 || _snapshots.IsDue) Cell.Async.Run(static self => self.StoreAsync(), this);
        return handled;
    }

    /// <summary>Begins to recover; overriding it, call the base.</summary>
    protected override void PreStart() => Cell.Async.Run(static self => self.RecoverAsync(), this);

    // Handlers may persist more: that is stored next, before any other message.
    private async Task StoreAsync()
    {
        while (_pending.Count > 0)
        {
            PendingEvents[] pieces = [.. _pending];
            _pending.Clear();
            if (!await StoreAsync(pieces)) return;
        }

        if (!_snapshots.IsDue) return;
        if (await _snapshots.RunAsync(_persistence.Journal, PersistenceId, Fence, Told) is not { } newer) return;
        TellShard(new AppendOutcome(AppendStatus.Fenced, newer));
        Fail(new InvalidOperationException($"its shard was claimed under epoch {newer}"), _snapshots);
    }

    /// <summary>As a message, so that its handler may persist.</summary>
    private void Told(object news)
    {
        if (news is SaveSnapshotFailure save) Log(LogLevel.Warning, $"snapshot {save.SequenceNr} was not stored: {save.Reason}", null);
        if (news is DeleteEventsFailure delete) Log(LogLevel.Warning, $"events to {delete.ToSequenceNr} were not deleted: {delete.Reason}", null);
        if (_told.Contains(news.GetType())) Self.Tell(news, Self);
    }

    private async Task<bool> StoreAsync(PendingEvents[] pieces)
    {
        ImmutableArray<JournalEvent>.Builder events = ImmutableArray.CreateBuilder<JournalEvent>();
        foreach ((object _, SerializedMessage bytes) in pieces.SelectMany(static piece => piece.Events))
            events.Add(new JournalEvent(LastSequenceNr + events.Count + 1, bytes.Manifest, bytes.Payload, _writer, default));
        if (events.Count == 0) return true;
        object first = pieces.First(static piece => piece.Events.Length > 0).Events[0].Event;
        AppendOutcome outcome;
        try
        {
            outcome = await _persistence.Writer.Append(new AtomicWrite(PersistenceId, events.ToImmutable(), Fence));
        }
        catch (StorageException fault) when (fault.Fault != StorageFault.Unknown)
        {
            OnPersistRejected(fault, first);
            return true;
        }
        catch (Exception fault)
        {
            return Fail(fault, first);
        }

        switch (outcome.Status)
        {
            case AppendStatus.Written:
                Apply(pieces);
                return true;
            case AppendStatus.Rejected:
                OnPersistRejected(new InvalidOperationException(outcome.Reason), first);
                return true;
            default:
                string other = outcome.Status == AppendStatus.Fenced
                    ? $"its shard was claimed under epoch {outcome.Found}, this is {Fence?.Epoch}"
                    : $"another wrote event {outcome.Found} of {PersistenceId}";
                TellShard(outcome);
                return Fail(new InvalidOperationException(other), first);
        }
    }

    private void Apply(PendingEvents[] pieces)
    {
        foreach (PendingEvents piece in pieces)
        {
            foreach ((object @event, _) in piece.Events)
            {
                LastSequenceNr++;
                piece.Handler(@event);
            }
        }
    }

    // One entity that is fenced means that the whole shard is: its parent need not wait for the others to find out.
    private void TellShard(AppendOutcome outcome)
    {
        if (outcome.Status == AppendStatus.Fenced) Context.Parent.Tell(new ShardFenced(outcome.Found), Self);
    }

    private bool Fail(Exception cause, object @event)
    {
        OnPersistFailure(cause, @event);
        Forget();
        Context.Stop(Self);
        return false;
    }

    private void Forget()
    {
        _pending.Clear();
        _snapshots.Forget();
    }

    private async Task RecoverAsync()
    {
        try
        {
            using RecoveryPermits.Permit permit = await _persistence.Permits.Acquire(Context.Stopping);
            var recovery = new Recovery(_persistence, PersistenceId, Context.Stopping);
            await recovery.RunAsync(Take);
            LastSequenceNr = Math.Max(LastSequenceNr, recovery.Highest);
            if (recovery.Snapshot > 0) _snapshots.Kept(recovery.Snapshot);
            foreach (string passed in recovery.Passed) Log(LogLevel.Warning, passed, null);
            Offer(_recovers, RecoveryCompleted.Instance);
            _recovered = true;
        }
        catch (OperationCanceledException) when (Context.Stopping.IsCancellationRequested)
        {
            // Stopped while it waited or read.
        }
        catch (Exception fault)
        {
            OnRecoveryFailure(fault);
            Context.Stop(Self);
        }
    }

    private void Take(object stored, long sequenceNr)
    {
        LastSequenceNr = sequenceNr;
        if (!Offer(_recovers, stored) && stored is not SnapshotOffer)
            throw new RecoveryFailedException($"{GetType().Name} has no Recover for {stored.GetType().Name}, event {sequenceNr} of {PersistenceId}");
    }

    private SerializedMessage Serialized(object value) => _persistence.Serializer.TrySerialize(value, out SerializedMessage serialized)
        ? serialized
        : throw new InvalidOperationException($"no serializer is registered for {value.GetType().Name}, which {PersistenceId} would store");

    private void Log(LogLevel level, string message, Exception? cause) => Cell.Log(level, message, cause);

    private static Func<object, bool> Typed<T>(Action<T> handler) => message =>
    {
        if (message is not T typed) return false;
        handler(typed);
        return true;
    };

    private static bool Offer(List<Func<object, bool>> handlers, object message)
    {
        foreach (Func<object, bool> handler in handlers)
        {
            if (handler(message)) return true;
        }

        return false;
    }

    private sealed record PendingEvents(ImmutableArray<(object Event, SerializedMessage Bytes)> Events, Action<object> Handler);
}
