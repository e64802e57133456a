using System.Text;
using Mesh.Actors.Storage;
using Microsoft.Data.Sqlite;
using Xunit;
using Change = System.Collections.Generic.KeyValuePair<string, System.ReadOnlyMemory<byte>?>;

namespace Mesh.Tests.Actors.Storage;

/// <summary>Real files.</summary>
public sealed class SqliteDurableMapTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-state-");

    private string StateDb => Path.Combine(_folder.FullName, "state.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task RemembersThroughARestart_InOrdinalOrderOfKeys()
    {
        using (SqliteDurableMap map = SqliteDurableMap.Open(StateDb))
        {
            await map.Write("a", [Put("z", "1"), Put("é", "2"), Put("B", "3"), Put("gone", "4")]);
            await map.Write("a", [Put("z", "5"), Remove("gone")]);
            await map.Write("b", [Put("z", "6")]);
        }

        using SqliteDurableMap again = SqliteDurableMap.Open(StateDb);

        Assert.Equal(["B=3", "z=5", "é=2"], await Read(again, "a"));
        Assert.Equal(["z=6"], await Read(again, "b"));
        Assert.Empty(await Read(again, "nothing"));
    }

    [Fact]
    public async Task WritesAreDurableInOrder_AlsoWhenManyAreCommittedTogether()
    {
        using SqliteDurableMap map = SqliteDurableMap.Open(StateDb);

        Task[] writes = [.. Enumerable.Range(0, 2000).Select(i => map.Write(i % 2 == 0 ? "membership" : "table/x", [Put("k", $"{i}")]).AsTask())];
        await Task.WhenAll(writes);

        Assert.Equal(["k=1998"], await Read(map, "membership"));
        Assert.Equal(["k=1999"], await Read(map, "table/x"));
    }

    [Fact]
    public async Task SecondHandle_IsRefused_UntilTheFirstIsClosed()
    {
        SqliteDurableMap first = SqliteDurableMap.Open(StateDb);

        Assert.Equal(StorageFault.InUse, Assert.Throws<StorageException>(() => SqliteDurableMap.Open(StateDb)).Fault);

        first.Dispose();
        using SqliteDurableMap second = SqliteDurableMap.Open(StateDb);
        await second.Write("a", [Put("k", "v")]);
    }

    [Fact]
    public async Task KillInTheMiddle_LosesNothingThatWasAcknowledged()
    {
        using SqliteDurableMap map = SqliteDurableMap.Open(StateDb);
        for (int i = 0; i < 50; i++) await map.Write("votes", [Put($"k{i:d2}", new string('v', 300))]);
        string crashed = Path.Combine(_folder.FullName, "crashed.db");

        File.Copy(StateDb, crashed);
        File.Copy(StateDb + "-wal", crashed + "-wal");
        await map.Write("votes", [Put("later", "v")]);

        using SqliteDurableMap copy = SqliteDurableMap.Open(crashed);
        Assert.Equal(50, (await Read(copy, "votes")).Count);
    }

    [Fact]
    public async Task TornLog_KeepsAllWritesBeforeTheTear_WholeOnes()
    {
        using SqliteDurableMap map = SqliteDurableMap.Open(StateDb);
        for (int i = 0; i < 50; i++) await map.Write("votes", [Put($"a{i:d2}", "v"), Put($"b{i:d2}", "v")]);
        string crashed = Path.Combine(_folder.FullName, "torn.db");
        File.Copy(StateDb, crashed);
        byte[] log = ReadShared(StateDb + "-wal");

        await File.WriteAllBytesAsync(crashed + "-wal", log[..(log.Length - 2000)]);

        using SqliteDurableMap copy = SqliteDurableMap.Open(crashed);
        List<string> entries = await Read(copy, "votes");
        Assert.InRange(entries.Count, 2, 98);
        Assert.Equal(entries.Count(entry => entry[0] == 'a'), entries.Count(entry => entry[0] == 'b'));
    }

    [Fact]
    public async Task DamagedFile_IsNamed_AndSetAsideWhenTheCallerSaysSo()
    {
        using (SqliteDurableMap map = SqliteDurableMap.Open(StateDb))
            for (int i = 0; i < 200; i++) await map.Write("a", [Put($"k{i}", new string('v', 500))]);
        byte[] bytes = await File.ReadAllBytesAsync(StateDb);
        for (int i = 4096; i < bytes.Length; i += 64) bytes[i] ^= 0xA5;
        await File.WriteAllBytesAsync(StateDb, bytes);

        var refused = Assert.Throws<StorageException>(() => SqliteDurableMap.Open(StateDb));

        Assert.Equal(StorageFault.Corrupt, refused.Fault);
        Assert.Contains(StateDb, refused.Message, StringComparison.Ordinal);
        Assert.Contains("move the file away", refused.Message, StringComparison.Ordinal);
        Assert.Contains("mesh cluster bootstrap --yes", refused.Message, StringComparison.Ordinal);
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        Assert.Equal(StateDb + ".corrupt-20260102T030405Z", SqliteDurableMap.SetAside(StateDb, time));
        Assert.True(File.Exists(StateDb + ".corrupt-20260102T030405Z"));
        using SqliteDurableMap fresh = SqliteDurableMap.Open(StateDb);
        Assert.Empty(await Read(fresh, "a"));
    }

    [Fact]
    public async Task NoDatabaseAtAll_IsCorruptToo()
    {
        await File.WriteAllTextAsync(StateDb, new string('?', 5000));

        var refused = Assert.Throws<StorageException>(() => SqliteDurableMap.Open(StateDb));

        Assert.Equal(StorageFault.Corrupt, refused.Fault);
        Assert.Contains("move the file away", refused.Message, StringComparison.Ordinal);
        Assert.Null(SqliteDurableMap.SetAside(Path.Combine(_folder.FullName, "nothing.db"), default));
    }

    [Fact]
    public void FileOfANewerVersion_IsRefusedAndLeftAsItIs()
    {
        SqliteDurableMap.Open(StateDb).Dispose();
        Execute($"pragma user_version = {SqliteStateFile.SchemaVersion + 1}");

        var refused = Assert.Throws<StorageException>(() => SqliteDurableMap.Open(StateDb));

        Assert.Equal(StorageFault.TooNew, refused.Fault);
        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FullFile_RefusesTheWriteAsAWhole_AndTakesSmallerOnesAgain()
    {
        using SqliteDurableMap map = SqliteDurableMap.Open(StateDb, new SqliteStateOptions { MaxPages = 12 });
        await map.Write("a", [Put("before", "v")]);

        Task big = map.Write("a", [Put("small", "v"), Put("big", new string('v', 100_000))]).AsTask();

        Assert.Equal(StorageFault.Full, (await Assert.ThrowsAsync<StorageException>(() => big)).Fault);
        await map.Write("a", [Put("after", "v")]);
        Assert.Equal(["after=v", "before=v"], await Read(map, "a"));
    }

    [Fact]
    public async Task OneWriterOfAGroup_DoesNotFailForAnother()
    {
        using SqliteDurableMap map = SqliteDurableMap.Open(StateDb, new SqliteStateOptions { MaxPages = 20 });

        Task[] writes = [.. Enumerable.Range(0, 100).Select(i => map.Write("a", [Put($"k{i}", i == 50 ? new string('v', 200_000) : "v")]).AsTask())];

        await Assert.ThrowsAsync<StorageException>(() => Task.WhenAll(writes));
        Assert.Equal(99, writes.Count(write => write.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task ClosedMap_AndMissingDirectory_AreUnavailable()
    {
        SqliteDurableMap map = SqliteDurableMap.Open(StateDb);
        map.Dispose();

        Assert.Equal(StorageFault.Unavailable, (await Assert.ThrowsAsync<StorageException>(() => map.Write("a", [Put("k", "v")]).AsTask())).Fault);
        string nowhere = Path.Combine(_folder.FullName, "nowhere", "state.db");
        Assert.Equal(StorageFault.Unavailable, Assert.Throws<StorageException>(() => SqliteDurableMap.Open(nowhere)).Fault);
    }

    private static Change Put(string key, string value) => new(key, Encoding.UTF8.GetBytes(value));

    private static Change Remove(string key) => new(key, null);

    private static async Task<List<string>> Read(SqliteDurableMap map, string bucket) =>
        [.. (await map.Load(bucket)).Select(entry => $"{entry.Key}={Encoding.UTF8.GetString(entry.Value.Span)}")];

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private void Execute(string statement)
    {
        using var connection = new SqliteConnection($"Data Source={StateDb};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }
}
