using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Postgres;
using Mesh.Actors.Storage;
using Mesh.Tests.Kit;
using Npgsql;
using Xunit;

namespace Mesh.Tests.Actors.Journals;

/// <summary>The contract in PostgreSQL, and what two nodes and an operator do to it.</summary>
[NeedsPostgres]
[Collection(PostgresTests.Name)]
public sealed class PostgresJournalStoreTests(SharedPostgres shared) : JournalContract
{
    private PostgresBed Postgres => (PostgresBed)Bed;

    protected override Task<JournalBed> Open() => Task.FromResult<JournalBed>(new PostgresBed(shared.Server, owns: false));

    [PostgresFact]
    public async Task AClaim_WaitsForATransactionThatReliesOnTheOldEpoch()
    {
        await Store.Claim(At(1), 10, Never);
        await using PostgresJournalStore other = Postgres.OpenStore();
        await other.HighestSequenceNr(Actor, Never);
        await using NpgsqlConnection writer = new(Postgres.Settings.ConnectionString);
        await writer.OpenAsync();
        await using NpgsqlTransaction underWay = await writer.BeginTransactionAsync();
        await new PostgresAppend(Postgres.Settings.Schema).Run(writer, [Write(Actor, 1, 2, At(1))]);

        Task<ClaimOutcome> claim = other.Claim(At(2), 20, Never).AsTask();
        while ((long)(await Postgres.Server.Ask("select count(*) from pg_locks where not granted"))! == 0) { }
        bool waited = !claim.IsCompleted;
        await underWay.CommitAsync();

        Assert.True((await claim).Granted);
        Assert.True(waited);
        Assert.Equal("1 2", Numbers(await ReadAll(Actor)));
    }

    [PostgresFact]
    public async Task NodesThatStartTogether_MigrateOnce()
    {
        PostgresJournalStore[] nodes = [.. Enumerable.Range(0, 6).Select(_ => Postgres.OpenStore())];

        await Task.WhenAll(nodes.Select(async (node, i) => await node.Append([Write($"actor {i}", 1)], Never)));

        Assert.Equal(1L, await Postgres.Server.Ask($"select count(*) from {Postgres.Settings.Schema}.schema_version"));
        foreach (PostgresJournalStore node in nodes) await node.DisposeAsync();
    }

    [PostgresFact]
    public async Task WritersOfTwoNodes_NeverWriteTheSameNumber()
    {
        await using PostgresJournalStore other = Postgres.OpenStore();
        int turn = 0;
        JournalHammer hammer = new(() => Interlocked.Increment(ref turn) % 2 == 0 ? Store : other, seed: 7);

        await hammer.Run(writers: 8, rounds: 30);

        await hammer.Check();
        Assert.Equal(0, hammer.Counts.Failed);
    }

    [PostgresFact]
    public async Task AnEventThatSomebodyWrotePastUs_IsAConflict_AndItsNeighboursStand()
    {
        await Append(Actor, 1);
        await Postgres.Server.Ask(
            $"insert into {Postgres.Settings.Schema}.journal(persistence_id, sequence_nr, epoch, writer, manifest, payload) "
            + $"values ('{Actor}', 2, 0, 9, 'm', '')");

        var outcomes = await Store.Append([Write("a", 1), Write(Actor, 2), Write("b", 1)], Never);

        Assert.Equal([AppendStatus.Written, AppendStatus.Conflict, AppendStatus.Written], outcomes.Select(each => each.Status));
    }

    [PostgresFact]
    public async Task ASchemaOfANewerProgram_IsRefused_UnlessThatLetsUs()
    {
        await Append(Actor, 1);
        await Postgres.Server.Ask($"insert into {Postgres.Settings.Schema}.schema_version values (999, 1)");
        await Postgres.Restart();
        Assert.Equal(1, await Store.HighestSequenceNr(Actor, Never));
        await Postgres.Server.Ask($"update {Postgres.Settings.Schema}.schema_version set readable_from = 999 where version = 999");
        await Postgres.Restart();

        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => Append(Actor, 2));

        Assert.Equal(StorageFault.TooNew, refused.Fault);
        Assert.Contains("999", refused.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task AServerThatIsNotThere_IsUnavailable_AndItsPasswordIsNotTold()
    {
        await using PostgresJournalStore nowhere = new(
            Postgres.Settings with { ConnectionString = "Host=127.0.0.1;Port=1;Database=routes;Username=u;Password=hunter2" }, TimeProvider.System);

        StorageException failed = await Assert.ThrowsAsync<StorageException>(async () => await nowhere.Append([Write(Actor, 1)], Never));
        JournalStatus status = await nowhere.Status(Never);

        Assert.Equal(StorageFault.Unavailable, failed.Fault);
        Assert.False(status.IsAvailable);
        Assert.Contains("127.0.0.1:1/routes", failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", failed.ToString() + status.Detail, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task SynchronousCommitThatIsOffAtTheServer_IsOnForUs()
    {
        await using PostgresSession session = new(Postgres.Settings with
        {
            ConnectionString = Postgres.Settings.ConnectionString + ";Options=-c synchronous_commit=off",
        });

        string? used = (await session.Write(connection => PostgresSession.Query(
            connection, "select current_setting('synchronous_commit')", row => row.GetString(0), Never))).Single();

        Assert.Equal("on", used);
    }
}
