using System.Collections.Immutable;
using System.Text;
using Mesh.Actors.Journals;
using Xunit;

namespace Mesh.Tests.Actors.Journals;

/// <summary>What the parts of the contract share: a journal for each test, and short ways to write to it.</summary>
public abstract class JournalContractBase : IAsyncLifetime
{
    private JournalBed? _bed;

    /// <summary>Actor and shard names that no other test uses, for stores whose server is shared.</summary>
    protected const string Actor = "users/7";

    protected static readonly ShardKey Shard = new("users", "12");
    protected static readonly TimeSpan Long = TimeSpan.FromHours(1);
    protected static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    protected static CancellationToken Never => CancellationToken.None;

    protected JournalBed Bed => _bed!;

    protected IJournalStore Store => Bed.Store;

    public async Task InitializeAsync() => _bed = await Open();

    public async Task DisposeAsync() => await Bed.DisposeAsync();

    /// <summary>An empty journal.</summary>
    protected abstract Task<JournalBed> Open();

    protected static Fence At(long epoch) => new(Shard, epoch);

    protected static JournalEvent Event(long number, ulong writer = 1, string? text = null) =>
        new(number, "renamed.v1", Encoding.UTF8.GetBytes(text ?? $"event {number}"), writer, default);

    protected static AtomicWrite Write(string actor, long from, int count = 1, Fence? fence = null, ulong writer = 1) =>
        new(actor, [.. Enumerable.Range(0, count).Select(i => Event(from + i, writer))], fence);

    protected async Task<AppendOutcome> Append(string actor, long from, int count = 1, Fence? fence = null, ulong writer = 1) =>
        (await Store.Append([Write(actor, from, count, fence, writer)], Never)).Single();

    protected Task<AppendOutcome> Append(AtomicWrite write) => Append(write, Never);

    protected async Task<AppendOutcome> Append(AtomicWrite write, CancellationToken cancel) => (await Store.Append([write], cancel)).Single();

    protected async Task<ImmutableArray<JournalEvent>> ReadAll(string actor)
    {
        List<JournalEvent> all = [];
        for (long from = 1; ;)
        {
            ImmutableArray<JournalEvent> page = await Store.Read(actor, from, 1000, Never);
            if (page.IsEmpty) return [.. all];
            all.AddRange(page);
            from = page[^1].SequenceNr + 1;
        }
    }

    protected static Snapshot SnapshotAt(long number, string text = "state") =>
        new(Actor, number, "user.v1", Encoding.UTF8.GetBytes(text), default);

    protected static string Text(ReadOnlyMemory<byte> payload) => Encoding.UTF8.GetString(payload.Span);

    protected static string Numbers(IEnumerable<JournalEvent> events) => string.Join(' ', events.Select(each => each.SequenceNr));
}
