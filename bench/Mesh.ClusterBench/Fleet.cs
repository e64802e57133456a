using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Mesh.ClusterBench;

/// <summary>A cluster of node processes on loopback, each with a directory of its own under one temporary folder. All end with it.</summary>
internal sealed partial class Fleet : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-cluster-").FullName;
    private readonly HeldPorts _ports;
    private readonly NodeOptions[] _options;
    private readonly NodeProcess?[] _nodes;

    /// <param name="count">Nodes; not started yet.</param>
    /// <param name="shared">What all have alike.</param>
    public Fleet(int count, NodeOptions shared)
    {
        _ports = new HeldPorts(count);
        int[] ports = _ports.Numbers;
        _options =
        [
            .. Enumerable.Range(0, count).Select(i => shared with
            {
                Name = $"n{i}",
                Port = ports[i],
                Seeds = ports,
                BootstrapExpect = count,
                Directory = Path.Combine(_folder, $"n{i}"),
            }),
        ];
        _nodes = new NodeProcess?[count];
    }

    public int Count => _nodes.Length;

    /// <summary>Processes that were started and not ended by <see cref="KillAsync"/> or by themselves.</summary>
    public IEnumerable<NodeProcess> Running => _nodes.OfType<NodeProcess>().Where(static node => node.IsRunning);

    public NodeProcess this[int index] => _nodes[index] ?? throw new InvalidOperationException($"node {index} was not started");

    /// <summary>Starts all, and waits until each calls all Up.</summary>
    public async Task StartAsync()
    {
        for (int i = 0; i < Count; i++) Launch(i);
        foreach (NodeProcess node in Running) await node.ServingAsync(s_patience);
        await AllUpAsync(s_patience);
    }

    /// <summary>Starts one, also again, and waits until it takes commands.</summary>
    public async Task<NodeProcess> StartAsync(int index)
    {
        NodeProcess node = Launch(index);
        await node.ServingAsync(s_patience);
        return node;
    }

    public string DirectoryOf(int index) => _options[index].Directory;

    public int PortOf(int index) => _options[index].Port;

    public int IndexOf(int port) => Array.FindIndex(_options, each => each.Port == port);

    /// <summary>Every running node sees every running node, and nobody else, Up and reachable.</summary>
    public async Task AllUpAsync(TimeSpan patience)
    {
        string[] all = [.. Running.Select(static node => $"{node.Options.Port}:Up:reachable").Order(StringComparer.Ordinal)];
        foreach (NodeProcess node in Running)
        {
            await EventuallyAsync(
                async () => (await MembersAsync(node)).Members.Order(StringComparer.Ordinal).SequenceEqual(all), patience,
                async () => $"node {node.Options.Name} sees all Up: {await node.AskAsync("members", s_patience)}\n{string.Join('\n', node.Lines)}");
        }
    }

    /// <summary>The id of the cluster, and <c>PORT:STATUS:REACHABLE</c> of each member.</summary>
    public static async Task<(string ClusterId, string[] Members)> MembersAsync(NodeProcess node)
    {
        string[] words = (await node.AskAsync("members", s_patience)).Split(' ');
        return words is ["members", var id, .. var members] ? (id, members) : ("-", []);
    }

    /// <summary>SIGKILL, and waits until it is gone.</summary>
    public async Task KillAsync(int index)
    {
        this[index].Kill();
        await this[index].EndedAsync(s_patience);
    }

    /// <summary>Asks any running node, again until one answers.</summary>
    public async Task<string> AskAnyAsync(string command, string answer, TimeSpan patience)
    {
        string last = "";
        await EventuallyAsync(
            async () =>
            {
                foreach (NodeProcess node in Running)
                {
                    last = await node.AskAsync(command, s_patience);
                    if (last.StartsWith(answer, StringComparison.Ordinal)) return true;
                }

                return false;
            },
            patience, () => Task.FromResult($"an answer to {command}; the last was: {last}\n{Said()}"));
        return last;
    }

    /// <summary>Waits until the quorum journal's leader has so many voters, all of which it heard of just now, and no learner.</summary>
    public Task VotersAsync(int count, TimeSpan patience) => EventuallyAsync(
        async () =>
        {
            foreach (NodeProcess node in Running)
            {
                string status = await node.AskAsync("journal", s_patience);
                if (VoterLine().Count(status) == count - 1 && !status.Contains("learner ", StringComparison.Ordinal)) return true;
            }

            return false;
        },
        patience,
        async () =>
        {
            string[] all = await Task.WhenAll(Running.Select(async node => $"{node.Options.Name}: {await node.AskAsync("journal", s_patience)}"));
            return $"{count} voters\n{string.Join('\n', all)}\n{Said()}";
        });

    /// <summary>What all said, for the text of a failure.</summary>
    public string Said() => string.Join('\n', _nodes.OfType<NodeProcess>().SelectMany(
        static node => node.Lines.Select(line => $"{node.Options.Name}: {line}")));

    public static async Task EventuallyAsync(Func<Task<bool>> holds, TimeSpan patience, Func<Task<string>> what)
    {
        long began = Stopwatch.GetTimestamp();
        using PeriodicTimer look = new(s_look);
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(began) > patience) throw new TimeoutException($"not within {patience}: {await what()}");
            await look.WaitForNextTickAsync();
        }
    }

    public void Dispose()
    {
        foreach (NodeProcess node in _nodes.OfType<NodeProcess>()) node.Dispose();
        _ports.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A voter of the leader's status that was heard within the last second.</summary>
    [GeneratedRegex(@"voter \w+=\S+, \w+, match \d+, lag \d+, heard 0\.\d s ago")]
    private static partial Regex VoterLine();

    private NodeProcess Launch(int index)
    {
        _nodes[index]?.Dispose();
        return _nodes[index] = NodeProcess.Start(_options[index]);
    }
}
