using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Mesh.Actors;
using Mesh.Actors.Journals;
using Mesh.Actors.Persistence;
using Mesh.Actors.Remoting;
using Mesh.Actors.Storage;

namespace Mesh.Tests.Actors.Persistence;

/// <summary>A journal that answers when told, and fails in the ways that stores do.</summary>
internal sealed class UneasyJournal(TimeProvider time) : IJournalStore
{
    private readonly List<TaskCompletionSource> _waiting = [];

    /// <summary>What is really stored.</summary>
    public MemoryJournalStore Stored { get; } = new(time);

    /// <summary>What the next appends do instead of working, in order; after them all works.</summary>
    public Queue<AppendFault> Faults { get; } = new();

    /// <summary>So many of the next reads find no store.</summary>
    public int AwayReads { get; set; }

    /// <summary>Deleting finds no store.</summary>
    public bool CannotDelete { get; set; }

    /// <summary>While closed, calls wait.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Sizes of the batches that arrived.</summary>
    public List<int> Batches { get; } = [];

    public string Kind => "uneasy";

    public bool IsShared => true;

    public async ValueTask<ImmutableArray<AppendOutcome>> Append(ImmutableArray<AtomicWrite> batch, CancellationToken cancel)
    {
        Batches.Add(batch.Length);
        await Gate().ConfigureAwait(false);
        AppendFault fault = Faults.TryDequeue(out AppendFault next) ? next : AppendFault.None;
        if (fault == AppendFault.Unavailable) throw new StorageException(StorageFault.Unavailable, "the store is away");
        if (fault == AppendFault.LostBefore) throw new StorageException(StorageFault.Unknown, "the answer was lost");
        ImmutableArray<AppendOutcome> outcomes = await Stored.Append(batch, cancel).ConfigureAwait(false);
        return fault == AppendFault.LostAfter ? throw new StorageException(StorageFault.Unknown, "the answer was lost") : outcomes;
    }

    public async ValueTask<ImmutableArray<JournalEvent>> Read(string persistenceId, long fromSequenceNr, int max, CancellationToken cancel) =>
        await Stored.Read(persistenceId, fromSequenceNr, max, cancel).ConfigureAwait(false);

    public async ValueTask<long> HighestSequenceNr(string persistenceId, CancellationToken cancel)
    {
        await Gate().ConfigureAwait(false);
        if (AwayReads-- > 0) throw new StorageException(StorageFault.Unavailable, "no leader: 1 of 3 voters reachable, 2 needed");
        return await Stored.HighestSequenceNr(persistenceId, cancel).ConfigureAwait(false);
    }

    public ValueTask<AppendOutcome> DeleteEvents(string persistenceId, long toSequenceNr, Fence? fence, CancellationToken cancel) => CannotDelete
        ? throw new StorageException(StorageFault.Unavailable, "the store is away")
        : Stored.DeleteEvents(persistenceId, toSequenceNr, fence, cancel);

    public ValueTask<AppendOutcome> SaveSnapshot(Snapshot snapshot, Fence? fence, CancellationToken cancel) =>
        Stored.SaveSnapshot(snapshot, fence, cancel);

    public ValueTask<Snapshot?> LoadSnapshot(string persistenceId, long toSequenceNr, CancellationToken cancel) =>
        Stored.LoadSnapshot(persistenceId, toSequenceNr, cancel);

    public ValueTask<ClaimOutcome> Claim(Fence fence, ulong owner, CancellationToken cancel) => Stored.Claim(fence, owner, cancel);

    public ValueTask<AppendOutcome> Remember(
        Fence fence, ImmutableArray<string> started, ImmutableArray<string> stopped, CancellationToken cancel) =>
        Stored.Remember(fence, started, stopped, cancel);

    public ValueTask<ImmutableArray<string>> Remembered(ShardKey shard, CancellationToken cancel) => Stored.Remembered(shard, cancel);

    public ValueTask<LeaseOutcome> AcquireLease(string name, ulong holder, TimeSpan duration, CancellationToken cancel) =>
        Stored.AcquireLease(name, holder, duration, cancel);

    public ValueTask ReleaseLease(string name, ulong holder, CancellationToken cancel) => Stored.ReleaseLease(name, holder, cancel);

    public ValueTask<JournalStatus> Status(CancellationToken cancel) => Stored.Status(cancel);

    public ValueTask DisposeAsync() => default;

    /// <summary>Lets those that wait go on, in this thread.</summary>
    public void Open()
    {
        IsClosed = false;
        foreach (TaskCompletionSource each in _waiting) each.SetResult();
        _waiting.Clear();
    }

    // One source a call: of several that await one task, all but one would go on in the pool.
    private Task Gate()
    {
        if (!IsClosed) return Task.CompletedTask;
        _waiting.Add(new TaskCompletionSource());
        return _waiting[^1].Task;
    }
}

internal enum AppendFault
{
    None,

    /// <summary>Nothing is written, and it is said.</summary>
    Unavailable,

    /// <summary>Nothing is written, and it is not known.</summary>
    LostBefore,

    /// <summary>It is written, and it is not known.</summary>
    LostAfter,
}

/// <summary>Strings and numbers, under manifests of their own.</summary>
internal sealed class SmallSerializer : IMessageSerializer
{
    public bool TrySerialize(object message, out SerializedMessage serialized)
    {
        serialized = message switch
        {
            string text => new SerializedMessage("text.v1", Encoding.UTF8.GetBytes(text)),
            IReadOnlyList<string> list => new SerializedMessage("list.v1", Encoding.UTF8.GetBytes(string.Join('\n', list))),
            _ => default,
        };
        return serialized.Manifest is not null;
    }

    public bool TryDeserialize(string manifest, ReadOnlyMemory<byte> payload, [NotNullWhen(true)] out object? message)
    {
        string text = Encoding.UTF8.GetString(payload.Span);
        message = manifest switch
        {
            "text.v1" => text,
            "list.v1" => text.Length == 0 ? ImmutableArray<string>.Empty : [.. text.Split('\n')],
            _ => null,
        };
        return message is not null;
    }

    public string WriteRef(IActorRef? actor) => actor?.Path.ToString() ?? "";

    public IActorRef ReadRef(string text) => throw new NotSupportedException();
}

/// <summary>A list of words that is an event each; notes what it hears and what becomes of it.</summary>
internal sealed class WordsActor : PersistentActor
{
    private readonly List<string> _notes;
    private readonly Fence? _fence;
    private ImmutableArray<string> _words = [];

    public WordsActor(PersistenceExtension persistence, List<string> notes, Fence? fence = null) : base(persistence)
    {
        (_notes, _fence) = (notes, fence);
        Recover<SnapshotOffer>(offer => _words = (ImmutableArray<string>)offer.State);
        Recover<string>(word => _words = _words.Add(word));
        Recover<RecoveryCompleted>(_ => Note($"recovered {string.Join(' ', _words)} at {LastSequenceNr}"));
        Command<string>(word => Persist(word, Added));
        Command<string[]>(words => PersistAll(words, Added));
        Command<Action<WordsActor>>(act => act(this));
        Command<DeleteEventsSuccess>(done => Note($"deleted to {done.ToSequenceNr}"));
        Command<DeleteEventsFailure>(failed => Note($"not deleted to {failed.ToSequenceNr}: {failed.Reason}"));
    }

    public override string PersistenceId => "words";

    public ImmutableArray<string> Words => _words;

    public IStash Aside => Stash;

    protected override Fence? Fence => _fence;

    public void Store(string word, Action<string>? then = null) => Persist(word, each =>
    {
        Added(each);
        then?.Invoke(each);
    });

    public void StoreUnknown() => Persist(42, _ => { });

    public void Save() => SaveSnapshot(_words);

    public void SaveAndDelete()
    {
        SaveSnapshot(_words);
        DeleteEvents(LastSequenceNr);
    }

    public void Note(string text) => _notes.Add(text);

    protected override void OnPersistRejected(Exception cause, object @event) => Note($"rejected {@event}: {cause.Message}");

    protected override void OnPersistFailure(Exception cause, object @event) => Note($"failed {@event}: {cause.Message}");

    protected override void OnRecoveryFailure(Exception cause)
    {
        Note($"unrecovered: {cause.Message}");
        base.OnRecoveryFailure(cause);
    }

    protected override void PostStop() => Note("stopped");

    private void Added(string word)
    {
        _words = _words.Add(word);
        Note($"{LastSequenceNr}:{word}");
    }
}
