using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Mesh.ClusterBench.Live;

/// <summary>Nodes are killed and their disks wiped, one after the other, while routes change: nothing acknowledged is lost.</summary>
internal static class WipeBenchmark
{
    private const int Namespaces = 20;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    public static async Task RunAsync(ResultPage page, LiveOptions options)
    {
        using MeshFleet fleet = MeshFleet.Shipped(3);
        await fleet.StartAsync();
        await fleet.VotersAsync(3);
        ConcurrentDictionary<string, int> acknowledged = new();
        using CancellationTokenSource end = new();
        Task<(int Taken, int Refused)> writing = Task.Run(() => WriteAsync(fleet, acknowledged, end.Token), CancellationToken.None);
        List<double> back = [], whole = [];
        int count = options.Count > 0 ? options.Count : 6;
        for (int i = 0; i < count; i++)
        {
            int lost = i % fleet.Count;
            await GetsOnAsync(acknowledged);
            fleet[lost].Kill();
            await fleet[lost].EndedAsync(s_patience);
            Directory.Delete(fleet.DirectoryOf(lost), recursive: true);
            long from = Stopwatch.GetTimestamp();
            fleet.Launch(lost);
            await fleet.JoinedAsync(lost, fleet.Count);
            back.Add(Stopwatch.GetElapsedTime(from).TotalSeconds);
            await fleet.VotersAsync(3);
            whole.Add(Stopwatch.GetElapsedTime(from).TotalSeconds);
        }

        await GetsOnAsync(acknowledged);
        await end.CancelAsync();
        (int taken, int refused) = await writing;
        IReadOnlyList<string> faults = await FaultsAsync(fleet, acknowledged);
        page.Head();
        page.Sample("a wiped node is ready and all are up, s", back);
        page.Sample("it votes again, s", whole);
        page.Line();
        page.Line($"{count} nodes killed (SIGKILL) and wiped, each in turn, under changes of {Namespaces} namespaces: {taken} acknowledged, "
            + $"{refused} refused and asked again of another node.");
        page.Line();
        page.Must(faults.Count == 0, $"every node has every acknowledged change or a later one: {string.Join("; ", faults)}");
    }

    /// <summary>One change after the other, a rising number each; a refused one is asked again of the next node.</summary>
    private static async Task<(int Taken, int Refused)> WriteAsync(
        MeshFleet fleet, ConcurrentDictionary<string, int> acknowledged, CancellationToken end)
    {
        int taken = 0, refused = 0, at = 0;
        for (int number = 1; !end.IsCancellationRequested; number++)
        {
            string name = $"ns{number % Namespaces}";
            string dtab = $"/svc/x => /$/inet/127.0.0.1/{number % 60_000 + 1}";
            while (!end.IsCancellationRequested)
            {
                if ((await fleet[at % fleet.Count].PutAsync(name, dtab)).Status == 204)
                {
                    acknowledged[name] = number;
                    taken++;
                    break;
                }

                refused++;
                at++;
                await Task.Delay(s_pause, CancellationToken.None);
            }
        }

        return (taken, refused);
    }

    private static async Task GetsOnAsync(ConcurrentDictionary<string, int> acknowledged)
    {
        int now = acknowledged.Values.DefaultIfEmpty(0).Max();
        Stopwatch waited = Stopwatch.StartNew();
        while (acknowledged.Values.DefaultIfEmpty(0).Max() < now + (2 * Namespaces))
        {
            if (waited.Elapsed > s_patience) throw new TimeoutException($"changes do not get on after number {now}");
            await Task.Delay(s_pause);
        }
    }

    private static async Task<IReadOnlyList<string>> FaultsAsync(MeshFleet fleet, ConcurrentDictionary<string, int> acknowledged)
    {
        List<string> faults = [];
        foreach ((string name, int number) in acknowledged)
        {
            foreach (MeshNode node in fleet.Running)
            {
                string text = "";
                try
                {
                    await node.UntilAsync(
                        async () => NumberIn(text = (await node.AdminAsync(HttpMethod.Get, $"/api/1/dtabs/{name}")).Text) >= number,
                        TimeSpan.FromSeconds(10), "");
                }
                catch (TimeoutException)
                {
                    faults.Add($"{node.Name}: {name} was acknowledged with {number} and is {text}");
                }
            }
        }

        return faults;
    }

    private static int NumberIn(string dtab)
    {
        int from = dtab.LastIndexOf('/') + 1;
        int length = dtab.AsSpan(from).IndexOfAnyExceptInRange('0', '9');
        return length > 0 ? int.Parse(dtab.AsSpan(from, length), CultureInfo.InvariantCulture) - 1 : -1;
    }
}
