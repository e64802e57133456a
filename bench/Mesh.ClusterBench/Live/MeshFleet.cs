using Mesh.Bench;

namespace Mesh.ClusterBench.Live;

/// <summary>Nodes of one mesh as processes on loopback, each with a directory under one temporary folder. All end with it.</summary>
internal sealed class MeshFleet : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-fleet-").FullName;
    private readonly HeldPorts _ports;
    private readonly MeshNodeOptions[] _options;
    private readonly MeshNode?[] _nodes;

    /// <param name="core">Core nodes; the first.</param>
    /// <param name="edge">Edge nodes.</param>
    /// <param name="journal">The config's mapping.</param>
    public MeshFleet(int core, int edge = 0, string journal = "{kind: quorum}")
    {
        int count = core + edge;
        _ports = new HeldPorts(3 * count);
        int[] ports = _ports.Numbers;
        int[] seeds = ports[..core];
        _options =
        [
            .. Enumerable.Range(0, count).Select(i => new MeshNodeOptions($"n{i}", Path.Combine(_folder, $"n{i}"))
            {
                ClusterPort = ports[i],
                AdminPort = ports[count + i],
                Port = ports[(2 * count) + i],
                Seeds = seeds,
                IsCore = i < core,
                Journal = journal,
            }),
        ];
        _nodes = new MeshNode?[count];
    }

    public int Count => _nodes.Length;

    /// <summary>The command that is <c>mesh</c>: what was built with this program, unless said otherwise.</summary>
    public string[] Program { get; init; } = ["dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "mesh.dll")];

    public MeshNode this[int index] => _nodes[index] ?? throw new InvalidOperationException($"node {index} was not started");

    public IEnumerable<MeshNode> Running => _nodes.OfType<MeshNode>().Where(static node => node.IsRunning);

    public IEnumerable<int> Ports => _options.Select(static node => node.Port);

    public int ClusterPortOf(int index) => _options[index].ClusterPort;

    public string DirectoryOf(int index) => _options[index].Directory;

    /// <summary>Of the program as it is meant to be shipped, which is in <see cref="Layout.Program"/>.</summary>
    public static MeshFleet Shipped(int core, int edge = 0, string journal = "{kind: quorum}") =>
        new(core, edge, journal) { Program = [Path.Combine(Layout.Root, Layout.Program)] };

    /// <summary>Starts all, and waits until all are ready and members.</summary>
    public async Task StartAsync()
    {
        for (int i = 0; i < Count; i++) Launch(i);
        for (int i = 0; i < Count; i++) await JoinedAsync(i, Count);
    }

    /// <summary>Starts one, also again; it is not waited for.</summary>
    public MeshNode Launch(int index)
    {
        _nodes[index]?.Dispose();
        return _nodes[index] = MeshNode.Start(_options[index], Program);
    }

    /// <summary>It is ready, and sees so many members up.</summary>
    /// <exception cref="InvalidOperationException">Another ended meanwhile, and nobody had asked it to: the text has what that one said.</exception>
    public async Task JoinedAsync(int index, int members)
    {
        MeshNode node = this[index];
        await node.UntilAsync(() => UnlessOneEndedAsync(node.IsReadyAsync()), s_patience, "ready");
        await node.UntilAsync(
            () => UnlessOneEndedAsync(SeesAsync(node, members)), s_patience, $"a view of {members} members that are up");
    }

    /// <summary>The quorum's leader has so many voters that follow.</summary>
    public async Task VotersAsync(int count)
    {
        MeshNode first = Running.First();
        await first.UntilAsync(
            async () =>
            {
                foreach (MeshNode node in Running)
                {
                    string said = await node.ConsoleAsync("journal status");
                    if (said.Split("voter ").Length - 1 == count - 1 && !said.Contains("learner ", StringComparison.Ordinal)) return true;
                }

                return false;
            },
            s_patience, $"{count} voters");
    }

    /// <summary>Puts a namespace's rules by whichever node takes them, again until one does.</summary>
    public async Task PutAsync(string name, string dtab)
    {
        MeshNode node = Running.First();
        await node.UntilAsync(async () => (await node.PutAsync(name, dtab)).Status == 204, s_patience, $"a change of {name}");
    }

    /// <summary>Every node that runs answers requests for <c>web</c> with the text.</summary>
    public async Task AnswersAsync(string text)
    {
        foreach (MeshNode node in Running)
            await node.UntilAsync(async () => await AskAsync(node) == text, s_patience, $"the answer {text}");
    }

    /// <summary>What a node's router answers; null when it does not.</summary>
    public static async Task<string?> AskAsync(MeshNode node)
    {
        using HttpLine? line = await HttpLine.ConnectAsync(node.Port);
        return line is null ? null : (await line.AskAsync(HttpLine.Get("web")))?.Body;
    }

    public void Dispose()
    {
        foreach (MeshNode node in _nodes.OfType<MeshNode>()) node.Dispose();
        _ports.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<bool> SeesAsync(MeshNode node, int members) => Up(await node.ConsoleAsync("cluster show")) >= members;

    private static int Up(string members) => members.Split('\n').Count(static line => line.Split(' ').Contains("up"));

    /// <summary>Who waits for a node that is gone waits for nothing, and its own words do not say why.</summary>
    private async Task<bool> UnlessOneEndedAsync(Task<bool> look)
    {
        bool holds = await look;
        if (!holds && _nodes.OfType<MeshNode>().FirstOrDefault(static node => node.EndedByItself) is { } gone)
            throw new InvalidOperationException($"node {gone.Name} ended by itself. It said:\n{gone.LastWords}");
        return holds;
    }
}
