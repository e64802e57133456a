using System.Collections.Immutable;
using System.Globalization;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Postgres;
using Mesh.Actors.Persistence;
using Mesh.Actors.Storage;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Actors.Journals;

/// <summary>The connection breaks when a commit was sent: the store does not know, says so, and who reads back learns the truth.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresLostCommitTests(SharedPostgres shared)
{
    private const ulong Writer = 42;

    [PostgresTheory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task AnAppend_IsUnknown_AndReadingBackTellsTheTruth(bool answerIsLost, long stored)
    {
        await using PostgresBed bed = new(shared.Server, owns: false);
        await using CommitRelay relay = new(bed.Server.Socket);
        await using PostgresJournalStore store = bed.OpenStore(Way(relay));
        Assert.Equal(0, await store.HighestSequenceNr("p", default));

        relay.LoseNext(answerIsLost ? CommitLoss.Answer : CommitLoss.Question);
        StorageException lost = await Assert.ThrowsAsync<StorageException>(async () => await store.Append([Write(1)], default));

        Assert.Equal(StorageFault.Unknown, lost.Fault);
        Assert.Equal(1, relay.Losses);
        ImmutableArray<JournalEvent> found = await store.Read("p", 1, 10, default);
        Assert.Equal(stored, found.Length);
        Assert.All(found, each => Assert.Equal((1, Writer), (each.SequenceNr, each.Writer)));
        Assert.Equal(stored, await bed.Store.HighestSequenceNr("p", default));
    }

    /// <summary>What persistent actors write through finds out by itself; the event is there once, whatever was lost.</summary>
    [PostgresTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnActorsWrite_EndsAsWritten_AndIsThereOnce(bool answerIsLost)
    {
        await using PostgresBed bed = new(shared.Server, owns: false);
        await using CommitRelay relay = new(bed.Server.Socket);
        await using PostgresJournalStore store = bed.OpenStore(Way(relay));
        var writer = new JournalWriter(store, new PersistenceSettings(), TimeProvider.System);
        Assert.Equal(0, await store.HighestSequenceNr("p", default));

        relay.LoseNext(answerIsLost ? CommitLoss.Answer : CommitLoss.Question);
        AppendOutcome outcome = await writer.Append(Write(1)).WaitAsync(TimeSpan.FromSeconds(30));
        AppendOutcome next = await writer.Append(Write(2)).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal((AppendStatus.Written, AppendStatus.Written), (outcome.Status, next.Status));
        Assert.Equal(1, relay.Losses);
        Assert.Equal([1L, 2L], (await bed.Store.Read("p", 1, 10, default)).Select(each => each.SequenceNr));
    }

    /// <summary>The same for what has no number to read back by: asked again, it says the same.</summary>
    [PostgresTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AClaimAndALease_AreUnknown_AndTheSameAgainIsGranted(bool answerIsLost)
    {
        await using PostgresBed bed = new(shared.Server, owns: false);
        await using CommitRelay relay = new(bed.Server.Socket);
        await using PostgresJournalStore store = bed.OpenStore(Way(relay));
        var fence = new Fence(new ShardKey("t", "1"), 5);
        CommitLoss loss = answerIsLost ? CommitLoss.Answer : CommitLoss.Question;
        Assert.Equal(0, await store.HighestSequenceNr("p", default));

        relay.LoseNext(loss);
        StorageException claim = await Assert.ThrowsAsync<StorageException>(async () => await store.Claim(fence, 7, default));
        relay.LoseNext(loss);
        StorageException lease = await Assert.ThrowsAsync<StorageException>(
            async () => await store.AcquireLease("seat", 7, TimeSpan.FromSeconds(10), default));

        Assert.Equal((StorageFault.Unknown, StorageFault.Unknown), (claim.Fault, lease.Fault));
        Assert.True((await store.Claim(fence, 7, default)).Granted);
        Assert.True((await store.AcquireLease("seat", 7, TimeSpan.FromSeconds(10), default)).Held);
        Assert.Equal(2, relay.Losses);
    }

    private static AtomicWrite Write(long sequenceNr) => new("p", [new JournalEvent(sequenceNr, "e.v1", new byte[] { 1 }, Writer, default)], null);

    private static string Way(CommitRelay relay) => string.Create(
        CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={relay.Port};Username=mesh;Database=postgres;SSL Mode=Disable");
}
