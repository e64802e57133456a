using System.Collections.Immutable;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Sqlite;
using Mesh.Actors.Storage;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Mesh.Tests.Actors.Journals;

/// <summary>The contract in a file, and what may become of files.</summary>
public sealed class SqliteJournalStoreTests : JournalContract
{
    private SqliteBed Sqlite => (SqliteBed)Bed;

    protected override Task<JournalBed> Open() => Task.FromResult<JournalBed>(new SqliteBed());

    [Fact]
    public async Task WhatADisposedStoreHadQueued_IsCommitted()
    {
        Task<AppendOutcome>[] queued = [.. Enumerable.Range(0, 50).Select(i => Append($"actor {i}", 1))];

        await Sqlite.Restart();

        Assert.All(await Task.WhenAll(queued), each => Assert.Equal(AppendStatus.Written, each.Status));
        Assert.Equal(1, await Store.HighestSequenceNr("actor 49", Never));
    }

    [Fact]
    public void ASecondOpening_IsRefused_AndNamed()
    {
        StorageException refused = Assert.Throws<StorageException>(() => SqliteJournalStore.Open(Sqlite.Path, Sqlite.Time));

        Assert.Equal(StorageFault.InUse, refused.Fault);
        Assert.Contains(Sqlite.Path, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileThatIsNoJournal_IsCorrupt_AndCanBeSetAside()
    {
        await Sqlite.Close();
        await File.WriteAllTextAsync(Sqlite.Path, string.Concat(Enumerable.Repeat("this is no database", 500)));

        StorageException refused = Assert.Throws<StorageException>(Sqlite.Reopen);
        string aside = SqliteFile.SetAside(Sqlite.Path);
        Sqlite.Reopen();

        Assert.Equal(StorageFault.Corrupt, refused.Fault);
        Assert.Contains(Sqlite.Path, refused.Message, StringComparison.Ordinal);
        Assert.StartsWith("this is no database", await File.ReadAllTextAsync(aside), StringComparison.Ordinal);
        Assert.Equal(AppendStatus.Written, (await Append(Actor, 1)).Status);
    }

    [Fact]
    public async Task APayloadThatChangedOnTheDisk_IsCorrupt_NotHandedOut()
    {
        await Append(Actor, 1, 3);
        await Sqlite.Close();
        Alter("update journal set payload = x'00' where sequence_nr = 2");
        Sqlite.Reopen();

        StorageException failed = await Assert.ThrowsAsync<StorageException>(async () => await Store.Read(Actor, 1, 10, Never));

        Assert.Equal(StorageFault.Corrupt, failed.Fault);
        Assert.Contains($"{Actor} 2", failed.Message, StringComparison.Ordinal);
        Assert.Contains(Sqlite.Path, failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASnapshotThatChangedOnTheDisk_GivesWayToTheOneBeforeIt()
    {
        await Append(Actor, 1, 4);
        await Store.SaveSnapshot(SnapshotAt(2, "two"), null, Never);
        await Store.SaveSnapshot(SnapshotAt(4, "four"), null, Never);
        await Sqlite.Close();
        Alter("update snapshot set payload = x'00' where sequence_nr = 4");
        Sqlite.Reopen();

        Assert.Equal(2, (await Store.LoadSnapshot(Actor, 4, Never))!.SequenceNr);
        await Sqlite.Close();
        Alter("update snapshot set payload = x'00'");
        Sqlite.Reopen();

        StorageException failed = await Assert.ThrowsAsync<StorageException>(async () => await Store.LoadSnapshot(Actor, 4, Never));
        Assert.Equal(StorageFault.Corrupt, failed.Fault);
        Assert.Contains($"{Actor} 4", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileOfANewerProgram_IsRefused_UnlessThatLetsUs()
    {
        await Append(Actor, 1);
        await Sqlite.Close();
        Alter("insert into schema_version values (999, 1)");
        Sqlite.Reopen();
        Assert.Equal(1, await Store.HighestSequenceNr(Actor, Never));
        await Sqlite.Close();
        Alter("update schema_version set readable_from = 999 where version = 999");

        StorageException refused = Assert.Throws<StorageException>(Sqlite.Reopen);

        Assert.Equal(StorageFault.TooNew, refused.Fault);
        Assert.Contains("999", refused.Message, StringComparison.Ordinal);
        Alter("delete from schema_version where version = 999");
        Sqlite.Reopen();
    }

    [Fact]
    public async Task AFullDisk_RefusesWrites_KeepsServingReads_AndHealsByItself()
    {
        await Append(Actor, 1);
        await Sqlite.Sqlite.LimitGrowth(0);
        AtomicWrite big = new(Actor, [Event(2) with { Payload = new byte[1 << 20] }], null);

        StorageException full = await Assert.ThrowsAsync<StorageException>(() => Append(big));

        Assert.Equal(StorageFault.Full, full.Fault);
        Assert.Contains(Sqlite.Path, full.Message, StringComparison.Ordinal);
        Assert.Equal("1", Numbers(await ReadAll(Actor)));
        await Sqlite.Sqlite.LimitGrowth(null);
        Assert.Equal(AppendStatus.Written, (await Append(big)).Status);
        Assert.Equal("1 2", Numbers(await ReadAll(Actor)));
    }

    [Fact]
    public async Task AClosedStore_SaysSo()
    {
        await Sqlite.Close();

        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => Append(Actor, 1));
        JournalStatus status = await Store.Status(Never);

        Assert.Equal(StorageFault.Unavailable, refused.Fault);
        Assert.False(status.IsAvailable);
        Assert.Contains("closed", status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WritesOfManyActors_ShareCommits()
    {
        ImmutableArray<Task<AppendOutcome>> writes = [.. Enumerable.Range(0, 500).Select(i => Append($"actor {i}", 1))];

        AppendOutcome[] outcomes = await Task.WhenAll(writes);

        Assert.All(outcomes, each => Assert.Equal(AppendStatus.Written, each.Status));
        Assert.Contains(new KeyValuePair<string, string>("events", "500"), (await Store.Status(Never)).Facts);
        Assert.InRange(Sqlite.Commits, 3, 250);
    }

    private void Alter(string sql)
    {
        using SqliteConnection connection = new($"Data Source={Sqlite.Path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
