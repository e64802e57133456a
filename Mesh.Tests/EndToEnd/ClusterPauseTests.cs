using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Mesh.Actors.Journals;
using Mesh.ClusterBench;
using Mesh.Tests.Actors.Journals;
using Mesh.Tests.Kit;
using Xunit;
using Xunit.Abstractions;

namespace Mesh.Tests.EndToEnd;

/// <summary>A process that stands still owns its shards until it is told otherwise, and hears that only after it woke up.</summary>
[Collection(ClusterProcesses.Name)]
public sealed class ClusterPauseTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_frozen = TimeSpan.FromSeconds(20);
    private static readonly string[] s_entities = ["a", "b", "c", "d", "e", "f"];

    [LinuxFact]
    public async Task FrozenOwner_WritesNothingAfterTheNewClaim_InTheQuorumJournal()
    {
        using Fleet fleet = new(3, new NodeOptions { Journal = JournalKind.Quorum });

        await PauseOwnerAsync(fleet, survivor => JournalWitness.OfSqlite(Path.Combine(fleet.DirectoryOf(survivor), "journal.db")));
    }

    [PostgresFact]
    public async Task FrozenOwner_WritesNothingAfterTheNewClaim_InPostgres()
    {
        await using PrivatePostgres server = await PrivatePostgres.StartAsync(syncs: false);
        using Fleet fleet = new(3, new NodeOptions { Journal = JournalKind.Postgresql, Connection = server.ConnectionString });

        await PauseOwnerAsync(fleet, _ => JournalWitness.OfPostgres(server.ConnectionString, JournalSettings.DefaultSchema));
    }

    private async Task PauseOwnerAsync(Fleet fleet, Func<int, JournalWitness> open)
    {
        await fleet.StartAsync();
        if (fleet[0].Options.Journal == JournalKind.Quorum) await fleet.VotersAsync(fleet.Count, s_patience);
        await using Writers writers = new(fleet, s_entities, TimeSpan.FromMilliseconds(10));
        await writers.EachGetsOnAsync(s_patience);
        string[] home = (await fleet.AskAnyAsync("locate a", "home ", s_patience)).Split(' ');
        int owner = fleet.IndexOf(int.Parse(home[3], CultureInfo.InvariantCulture));
        long epoch = long.Parse(home[2], CultureInfo.InvariantCulture);
        JournalWitness witness = open((owner + 1) % fleet.Count);

        long frozen = Stopwatch.GetTimestamp();
        fleet[owner].Freeze();
        (long Claimed, ImmutableArray<StoredEvent> Events) atClaim = default;
        await Fleet.EventuallyAsync(
            async () => (atClaim = await witness.LookAsync("a")).Claimed > epoch, s_patience, () => Task.FromResult($"a new claim\n{fleet.Said()}"));
        TimeSpan claimed = Stopwatch.GetElapsedTime(frozen);
        await writers.EachGetsOnAsync(s_patience);
        TimeSpan gotOn = Stopwatch.GetElapsedTime(frozen);
        await Fleet.EventuallyAsync(() => Task.FromResult(Stopwatch.GetElapsedTime(frozen) > s_frozen), s_patience, () => Task.FromResult("time"));
        fleet[owner].Thaw();
        long thawed = Stopwatch.GetTimestamp();
        int exit = await fleet[owner].EndedAsync(s_patience);
        output.WriteLine($"claimed after {claimed.TotalSeconds:0.0} s, all written after {gotOn.TotalSeconds:0.0} s, "
            + $"ended {Stopwatch.GetElapsedTime(thawed).TotalSeconds:0.0} s after it woke");
        await writers.EachGetsOnAsync(s_patience);
        await writers.StopAsync();

        Assert.Equal(ClusterNode.Downed, exit);
        Assert.Empty(await writers.FaultsAsync(s_patience));
        StoredEvent[] all = [.. (await witness.LookAsync("a")).Events];
        output.WriteLine($"{writers.All.Count} acknowledged, {writers.Refusals} refusals; the shard has {all.Length} events, "
            + $"{all.Count(each => each.Epoch <= epoch)} of epoch {epoch}");
        Assert.Equal(atClaim.Events.Count(each => each.Epoch <= epoch), all.Count(each => each.Epoch <= epoch));
        Assert.Equal(all.OrderBy(each => each.Epoch), all);
        Assert.Contains(all, each => each.Epoch > epoch);
    }
}
