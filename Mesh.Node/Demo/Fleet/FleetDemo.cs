using System.Collections.Immutable;
using Mesh.Node.Config;
using Mesh.Node.Hosting;

namespace Mesh.Node.Demo.Fleet;

/// <summary>
/// Several nodes in one process, each with its own directory, ports and actor system: they form a cluster, one is killed, the others go on,
/// it comes back.
/// </summary>
internal sealed class FleetDemo(int count, DemoOptions options, IFleetScreen screen, TextWriter output)
{
    /// <summary>From look to look at the nodes' views.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    private readonly FleetPlan _plan = FleetPlan.Of(count, options.For);
    private readonly List<string> _events = [];
    private Task _step = Task.CompletedTask;

    /// <summary>Runs until the time is over, the requests are sent, or <paramref name="asked"/> to end.</summary>
    /// <exception cref="IOException">A node or a service cannot listen; the message says where.</exception>
    public async Task RunAsync(CancellationToken asked)
    {
        using FleetFolder folder = new();
        using FleetLogs logs = new(folder, options.Time);
        ImmutableArray<FleetNode> nodes = Prepare(folder, logs);
        using FleetClient client = new([.. nodes.Select(static node => node.Door)], options.Time);
        await using FleetServices services = new(_plan, client, options.Time);
        await services.StartAsync().ConfigureAwait(false);
        folder.WriteAddresses(services.Instances);
        try
        {
            await Task.WhenAll(nodes.Select(static node => node.StartAsync())).ConfigureAwait(false);
            await SayAsync(FleetTexts.Intro(_plan, folder, nodes, options)).ConfigureAwait(false);
            FleetWatch watch = new(_plan);
            FleetStory story = new(_plan, watch);
            DemoTraffic traffic = new(() => client.NextAsync(DemoServices.Hello), options);
            long start = options.Time.GetTimestamp();
            await screen.RunAsync(show => WatchAsync(nodes, watch, story, traffic, start, show, asked)).ConfigureAwait(false);
            await SayAsync(FleetTexts.Summary(traffic, nodes, story, options.Time.GetElapsedTime(start))).ConfigureAwait(false);
        }
        finally
        {
            // All at once and without leaves, which would wait for each other: nobody stays whom it would matter to.
            await Task.WhenAll(nodes.Select(static node => node.KillAsync())).ConfigureAwait(false);
        }
    }

    private ImmutableArray<FleetNode> Prepare(FleetFolder folder, FleetLogs logs)
    {
        ImmutableArray<FleetPorts> ports = [.. _plan.Members.Select(PortsOf)];
        ImmutableArray<int> seeds = [.. ports.Take(_plan.Cores).Select(static each => each.Cluster)];
        return [.. _plan.Members.Zip(ports).Select(pair => Node(pair.First, pair.Second))];

        FleetNode Node(FleetMember member, FleetPorts own)
        {
            ConfigResult config = ConfigLoader.Load(folder.ConfigOf(member), folder.WriteConfig(member, own, seeds), [], DtabCheck.Hooks);
            if (config.Config is null) throw new InvalidOperationException(string.Join('\n', config.Faults));
            return new FleetNode(member, own, config.Config, logs.Of(member), options.Time);
        }
    }

    private FleetPorts PortsOf(FleetMember member)
    {
        int past = member.Number - 1;
        return FleetPorts.Near(Past(options.RouterPort), Past(options.AdminPort), Past(options.ClusterPort));

        int Past(int port) => port == 0 ? 0 : port + past;
    }

    private async Task WatchAsync(
        ImmutableArray<FleetNode> nodes, FleetWatch watch, FleetStory story, DemoTraffic traffic, long start, Action<FleetFrame> show,
        CancellationToken asked)
    {
        FleetSampler sampler = new(nodes);
        using CancellationTokenSource over = new(options.For, options.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(over.Token, asked);
        Task sending = traffic.RunAsync(end.Token);
        using PeriodicTimer looks = new(s_look, options.Time);
        TimeSpan shown = TimeSpan.Zero;
        Task<bool> tick = looks.WaitForNextTickAsync(CancellationToken.None).AsTask();
        while (await Task.WhenAny(sending, tick).ConfigureAwait(false) == tick)
        {
            TimeSpan now = options.Time.GetElapsedTime(start);
            _events.AddRange(watch.Look(now, sampler.Views()));
            if (_step.IsCompleted) _step = Act(story.Next(now), now, nodes, story);
            if (now - shown >= screen.Interval) (shown, _) = (now, Show(sampler.Next(now, _events)));
            tick = looks.WaitForNextTickAsync(CancellationToken.None).AsTask();
        }

        await sending.ConfigureAwait(false);
        await _step.ConfigureAwait(false);
        Show(sampler.Next(options.Time.GetElapsedTime(start), _events, sinceStart: true));

        bool Show(FleetFrame frame)
        {
            show(frame);
            _events.Clear();
            return true;
        }
    }

    private Task Act(FleetStep step, TimeSpan now, ImmutableArray<FleetNode> nodes, FleetStory story)
    {
        // What went wrong with the step before ends the demo.
        if (_step.IsFaulted) return _step;
        if (step == FleetStep.Nothing) return Task.CompletedTask;
        FleetNode victim = nodes.First(node => node.Member.Name == story.Victim);
        _events.Add(FleetWatch.Line(now, step == FleetStep.Kill ? $"{story.Victim} is killed" : $"{story.Victim} is started again"));
        return step == FleetStep.Kill ? victim.KillAsync() : victim.StartAsync();
    }

    private async Task SayAsync(IEnumerable<string> lines)
    {
        foreach (string line in lines) await output.WriteLineAsync(line).ConfigureAwait(false);
        await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
