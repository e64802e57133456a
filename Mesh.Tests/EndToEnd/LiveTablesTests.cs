using System.Net;
using System.Net.Sockets;
using Mesh.ClusterBench.Live;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Three processes of the program: what they promise while one restarts, dies, or loses its disk. The long form is in bench.</summary>
[Collection(ClusterProcesses.Name)]
public sealed class LiveTablesTests
{
    private const int Rate = 200;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [LinuxFact]
    public async Task EachNodeRestarts_OneAfterTheOther_AndNoRequestFails()
    {
        using TextOrigin origin = new("here");
        using MeshFleet fleet = await StartAsync(origin);
        await using SteadyLoad load = new(fleet.Ports, Rate);

        for (int i = 0; i < fleet.Count; i++)
        {
            fleet[i].AskToEnd();
            await fleet[i].EndedAsync(s_patience);
            fleet.Launch(i);
            await fleet.JoinedAsync(i, fleet.Count);
        }

        await load.StopAsync();
        Assert.Equal([], load.Failures);
        Assert.True(load.Good > Rate);
    }

    [LinuxFact]
    public async Task NodeWhosePortIsTaken_EndsBeforeOthersHearOfIt_AndWhoWaitsIsToldAtOnce()
    {
        using MeshFleet fleet = new(3);
        using TcpListener taken = new(IPAddress.Loopback, fleet.Ports.Last());
        taken.Start();

        var told = await Assert.ThrowsAsync<InvalidOperationException>(fleet.StartAsync);

        Assert.Contains("node n2 ended by itself", told.Message, StringComparison.Ordinal);
        Assert.Contains($"router http: cannot listen on {taken.LocalEndpoint}: ", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("membership", told.Message, StringComparison.Ordinal);
        string itsSessions = $":{fleet.ClusterPortOf(2)}#";
        Assert.DoesNotContain(fleet[0].Lines.Concat(fleet[1].Lines), line => line.Contains(itsSessions, StringComparison.Ordinal));
    }

    [LinuxFact]
    public async Task QuorumIsLost_AndTheLastNodeServesOn_AndChangesSayWhy_AndWorkAgainByThemselves()
    {
        using TextOrigin origin = new("here"), other = new("there");
        using MeshFleet fleet = await StartAsync(origin);
        await using SteadyLoad load = new(fleet.Ports, Rate), last = new([fleet[2].Port], Rate);

        foreach (int lost in (int[])[0, 1])
        {
            fleet[lost].Kill();
            await fleet[lost].EndedAsync(s_patience);
        }

        await fleet[2].UntilAsync(async () => await fleet[2].MetricAsync("mesh_cluster_rejoins_total") == 1, s_patience, "its next membership");
        (int status, string text) = await fleet[2].PutAsync("web", LiveBenchmark.To(other));
        Assert.Equal((503, true), (status, text.Length > 20));
        foreach (int lost in (int[])[0, 1]) fleet.Launch(lost);
        await fleet[2].UntilAsync(async () => (await fleet[2].PutAsync("web", LiveBenchmark.To(other))).Status == 204, s_patience, "a change");

        await fleet.AnswersAsync("there");
        await load.StopAsync();
        await last.StopAsync();
        Assert.Equal([], load.Failures);
        Assert.Equal([], last.Failures);
        Assert.True(last.Good > Rate);
        Assert.True(fleet[2].IsRunning);
    }

    [LinuxFact]
    public async Task NodeThatStartsWhileTheOthersAreAway_ServesWhatItKnewLast()
    {
        using TextOrigin origin = new("here");
        using MeshFleet fleet = await StartAsync(origin);
        await fleet[1].UntilAsync(async () => IsKept(await fleet[1].ConsoleAsync("ddata tables"), "routes"), s_patience, "others with its routes");
        for (int i = 0; i < fleet.Count; i++) fleet[i].Kill();
        for (int i = 0; i < fleet.Count; i++) await fleet[i].EndedAsync(s_patience);

        MeshNode alone = fleet.Launch(1);
        await alone.ReadyAsync(s_patience);

        await alone.UntilAsync(async () => await MeshFleet.AskAsync(alone) == "here", s_patience, "an answer by what it knew last");
        Assert.Contains("as known at", (await alone.AdminAsync(HttpMethod.Get, "/admin/ready")).Text, StringComparison.Ordinal);
        Assert.Equal(503, (await alone.PutAsync("web", "/svc => /$/nil")).Status);
    }

    [LinuxFact]
    public async Task NodeLosesItsDisk_AndFetchesEveryRoute_AndDamagedFilesAreSetAsideLikewise()
    {
        using TextOrigin origin = new("here");
        using MeshFleet fleet = await StartAsync(origin);
        string directory = fleet.DirectoryOf(1);

        await DieAsync(fleet, 1, () => Directory.Delete(directory, recursive: true));
        await DieAsync(fleet, 1, () => Damage(Path.Combine(directory, "state.db")));
        Assert.Contains(fleet[1].Lines, static line => line.Contains("state.db.corrupt-", StringComparison.Ordinal));
        await DieAsync(fleet, 1, () => Damage(Path.Combine(directory, "raft.db")));
        await DieAsync(fleet, 1, () => Damage(Path.Combine(directory, "journal.db")));

        Assert.NotEmpty(Directory.GetFiles(directory, "state.db.corrupt-*"));
        Assert.NotEmpty(Directory.GetFiles(directory, "raft.db.corrupt-*"));
        Assert.NotEmpty(Directory.GetFiles(directory, "journal.db.corrupt-*"));
    }

    /// <summary>Others have the same rows, and the disk knows both.</summary>
    private static bool IsKept(string tables, string name) =>
        tables.Split('\n').FirstOrDefault(line => line.StartsWith(name + " |", StringComparison.Ordinal)) is { } line
        && line.Contains("| agreed ", StringComparison.Ordinal) && !line.Contains("unsaved", StringComparison.Ordinal);

    private static async Task<MeshFleet> StartAsync(TextOrigin origin, int edge = 0)
    {
        MeshFleet fleet = new(3, edge);
        try
        {
            await fleet.StartAsync();
            await fleet.VotersAsync(3);
            await fleet.PutAsync("web", LiveBenchmark.To(origin));
            await fleet.AnswersAsync("here");
            return fleet;
        }
        catch
        {
            fleet.Dispose();
            throw;
        }
    }

    /// <summary>Routes change, a node is killed and harmed, and comes back as a voter that has them.</summary>
    private static async Task DieAsync(MeshFleet fleet, int index, Action harm)
    {
        string name = $"ns-{Guid.NewGuid():N}";
        await fleet.PutAsync(name, "/svc => /$/inet/127.0.0.1/1");
        fleet[index].Kill();
        await fleet[index].EndedAsync(s_patience);
        harm();
        MeshNode node = fleet.Launch(index);
        await fleet.JoinedAsync(index, fleet.Count);
        await fleet.VotersAsync(fleet.Count);
        await node.UntilAsync(async () => (await node.AdminAsync(HttpMethod.Get, $"/api/1/dtabs/{name}")).Status == 200, s_patience, name);
        Assert.Equal("here", await MeshFleet.AskAsync(node));
    }

    /// <summary>Its first page, of which the log beside it has no other copy.</summary>
    private static void Damage(string file)
    {
        File.Delete(file + "-wal");
        File.Delete(file + "-shm");
        using FileStream bytes = File.OpenWrite(file);
        bytes.Write(new byte[4096]);
    }
}
