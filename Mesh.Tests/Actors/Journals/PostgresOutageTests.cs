using Mesh.Actors.Storage;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Actors.Journals;

/// <summary>The server is harmed while many write: nothing acknowledged is lost, nothing is there twice, nobody needs to restart a node.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresOutageTests(SharedPostgres shared)
{
    [PostgresFact]
    public async Task ConnectionsThatAreCutAroundCommits_LoseNothingAcknowledged()
    {
        await using PostgresBed bed = new(shared.Server, owns: false);
        JournalHammer hammer = new(() => bed.Store, seed: 31);
        string mine = $"select count(pg_terminate_backend(pid)) from pg_stat_activity "
            + $"where application_name = 'mesh-journal' and query like '%{bed.Settings.Schema}.%'";

        Task writers = hammer.Run(writers: 8, rounds: 50);
        long cut = 0;
        while (!writers.IsCompleted) cut += (long)(await bed.Server.Ask(mine))!;
        await writers;

        await hammer.Check();
        Assert.True(cut > 0, "no connection was cut");
    }

    [PostgresFact]
    public async Task AServerThatCrashesUnderWrites_LosesNothingAcknowledged_AndIsFoundAgain()
    {
        await using PostgresBed bed = new(await PrivatePostgres.StartAsync(syncs: true), owns: true);
        JournalHammer hammer = new(() => bed.Store, seed: 32);

        for (int crash = 0; crash < 2; crash++)
        {
            int before = hammer.Acknowledged;
            Task writers = hammer.Run(writers: 8, rounds: 60);
            while (hammer.Acknowledged < before + 20 && !writers.IsCompleted) await Task.Yield();
            await bed.Server.StopAtOnce();
            await writers.WaitAsync(TimeSpan.FromSeconds(30));
            StorageException down = await Assert.ThrowsAsync<StorageException>(async () => await bed.Store.HighestSequenceNr("x", default));
            await bed.Server.Start();
            Assert.Equal(StorageFault.Unavailable, down.Fault);
        }

        await hammer.Check();
        Assert.True(hammer.Counts.Failed > 0, "the crashes hit nobody");
    }
}
