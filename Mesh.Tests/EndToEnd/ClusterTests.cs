using Mesh.Actors.Journals;
using Mesh.ClusterBench;
using Mesh.Tests.Kit;
using Xunit;
using Xunit.Abstractions;

namespace Mesh.Tests.EndToEnd;

/// <summary>Clusters of real processes on loopback, one after the other: each keeps two cores busy for a moment.</summary>
[CollectionDefinition(Name)]
public sealed class ClusterProcesses
{
    public const string Name = "clusters of processes";
}

/// <summary>Real processes found a cluster, die, and come back.</summary>
[Collection(ClusterProcesses.Name)]
public sealed class ClusterTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);
    private static readonly string[] s_entities = ["a", "b", "c", "d", "e", "f", "g", "h"];

    [LinuxFact]
    public async Task KilledNode_IsUnreachableEverywhere_AndRemovedAtLast()
    {
        using Fleet fleet = new(5, new NodeOptions { Journal = JournalKind.Memory });
        await fleet.StartAsync();

        string uid = fleet[2].Uid;
        await fleet.KillAsync(2);
        long killed = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (NodeProcess node in fleet.Running)
            await node.UntilAsync(() => node.Events.Any(e => e.Uid == uid && e.Kind == "MemberRemoved"), s_patience, () => "the removal");

        long[] unreachable = [.. fleet.Running.Select(node => node.Events.First(e => e.Uid == uid && e.Kind == "UnreachableMember").At - killed)];
        long[] removed = [.. fleet.Running.Select(node => node.Events.First(e => e.Uid == uid && e.Kind == "MemberRemoved").At - killed)];
        output.WriteLine($"unreachable after {string.Join(", ", unreachable)} ms, removed after {string.Join(", ", removed)} ms");
        Assert.Equal(4, unreachable.Length);
        Assert.All(unreachable, after => Assert.InRange(after, 0, 15_000));
        Assert.DoesNotContain(fleet.Running.SelectMany(node => node.Events), e => e.Kind == "UnreachableMember" && e.Uid != uid);
    }

    [LinuxFact]
    public async Task ThreeNodes_SurviveTheLossOfEachDisk_OneAfterTheOther()
    {
        using Fleet fleet = new(3, new NodeOptions { Journal = JournalKind.Quorum });
        await fleet.StartAsync();
        await fleet.VotersAsync(3, s_patience);
        await using Writers writers = new(fleet, s_entities, s_pause);
        await writers.EachGetsOnAsync(s_patience);

        foreach (int lost in (int[])[0, 1, 2])
        {
            await fleet.KillAsync(lost);
            Directory.Delete(fleet.DirectoryOf(lost), recursive: true);
            await fleet.StartAsync(lost);
            await fleet.AllUpAsync(s_patience);
            await fleet.VotersAsync(3, s_patience);
            await writers.EachGetsOnAsync(s_patience);
        }

        await writers.StopAsync();
        output.WriteLine($"{writers.All.Count} acknowledged, {writers.Refusals} refusals");
        Assert.Empty(await writers.FaultsAsync(s_patience));
    }

    [LinuxFact]
    public async Task TerminatedOwner_HandsItsShardsOver_AndAWholeClusterComesBackAsItself()
    {
        using Fleet fleet = new(3, new NodeOptions { Journal = JournalKind.Quorum });
        await fleet.StartAsync();
        await fleet.VotersAsync(3, s_patience);
        string id = (await Fleet.MembersAsync(fleet[0])).ClusterId;
        await using Writers writers = new(fleet, s_entities, s_pause);
        await writers.EachGetsOnAsync(s_patience);

        int owner = await OwnerAsync(fleet, "a");
        fleet[owner].AskToEnd();
        Assert.Equal(0, await fleet[owner].EndedAsync(s_patience));
        await writers.EachGetsOnAsync(s_patience);
        await writers.StopAsync();
        Assert.Empty(await writers.FaultsAsync(s_patience));

        await fleet.StartAsync(owner);
        await fleet.AllUpAsync(s_patience);
        await fleet.VotersAsync(3, s_patience);
        for (int i = 0; i < 3; i++) fleet[i].AskToEnd();
        for (int i = 0; i < 3; i++) Assert.Equal(0, await fleet[i].EndedAsync(s_patience));
        await fleet.StartAsync();

        Assert.Equal(id, (await Fleet.MembersAsync(fleet[0])).ClusterId);
        Assert.Empty(await writers.FaultsAsync(s_patience));
    }

    [LinuxFact]
    public async Task AllKilledAtOnce_ComeBackAsTheSameCluster_WithAllThatWasAcknowledged()
    {
        using Fleet fleet = new(3, new NodeOptions { Journal = JournalKind.Quorum });
        await fleet.StartAsync();
        await fleet.VotersAsync(3, s_patience);
        string id = (await Fleet.MembersAsync(fleet[0])).ClusterId;
        await using Writers writers = new(fleet, s_entities, s_pause);
        await writers.EachGetsOnAsync(s_patience);

        foreach (NodeProcess node in fleet.Running.ToArray()) node.Kill();
        for (int i = 0; i < 3; i++) await fleet[i].EndedAsync(s_patience);
        await fleet.StartAsync();
        await writers.EachGetsOnAsync(s_patience);
        await writers.StopAsync();

        Assert.Equal(id, (await Fleet.MembersAsync(fleet[0])).ClusterId);
        Assert.Empty(await writers.FaultsAsync(s_patience));
    }

    private static async Task<int> OwnerAsync(Fleet fleet, string entity)
    {
        string[] home = (await fleet.AskAnyAsync($"locate {entity}", "home ", s_patience)).Split(' ');
        return fleet.IndexOf(int.Parse(home[3], System.Globalization.CultureInfo.InvariantCulture));
    }
}
