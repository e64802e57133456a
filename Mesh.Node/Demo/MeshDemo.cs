using Mesh.Actors.Shutdown;
using Mesh.Node.Config;
using Mesh.Node.Hosting;

namespace Mesh.Node.Demo;

/// <summary>
/// A mesh in one process: services, a node with a real config, traffic, and a screen to watch; started in this order, stopped in the reverse.
/// </summary>
internal sealed class MeshDemo(DemoOptions options, IDemoScreen screen, TextWriter output, NodeLog log)
{
    /// <summary>Runs until the time is over, the requests are sent, or <paramref name="asked"/> to end.</summary>
    /// <exception cref="IOException">The node or a service cannot listen; the message says where.</exception>
    public async Task RunAsync(CancellationToken asked)
    {
        using DemoFolder folder = new();
        await using DemoServices services = new(options.Time);
        await services.StartAsync().ConfigureAwait(false);
        folder.WriteAddresses(services.Instances);
        string text = folder.WriteConfig(PreferredPort.OrAny(options.RouterPort), PreferredPort.OrAny(options.AdminPort));
        ConfigResult config = ConfigLoader.Load(folder.Config, text, [], DtabCheck.Hooks);
        if (config.Config is null) throw new InvalidOperationException(string.Join('\n', config.Faults));

        NodeHost node = await NodeHost.StartAsync(config.Config, log, options.Time).ConfigureAwait(false);
        await using (node.ConfigureAwait(false))
        {
            Uri router = new($"http://{node.Servers.First().BoundEndPoint}/");
            services.Node = router;
            foreach (string line in DemoTexts.Intro(options, folder, text, node)) await output.WriteLineAsync(line).ConfigureAwait(false);
            await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);

            using DemoClient client = new(options.Time) { Node = router };
            DemoTraffic traffic = new(() => client.GetAsync(DemoServices.Hello), options);
            DemoSampler sampler = new(node, services);
            await screen.RunAsync(show => WatchAsync(traffic, sampler, show, asked)).ConfigureAwait(false);
            foreach (string line in DemoTexts.Summary(traffic, services, sampler)) await output.WriteLineAsync(line).ConfigureAwait(false);
            await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            await node.StopAsync(new ShutdownReason("the demo is over")).ConfigureAwait(false);
        }
    }

    /// <summary>Shows a frame an interval while the traffic runs, and a last one of all of it.</summary>
    private async Task WatchAsync(DemoTraffic traffic, DemoSampler sampler, Action<DemoFrame> show, CancellationToken asked)
    {
        using CancellationTokenSource over = new(options.For, options.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(over.Token, asked);
        Task sending = traffic.RunAsync(end.Token);
        using PeriodicTimer frames = new(screen.Interval, options.Time);
        Task<bool> tick = frames.WaitForNextTickAsync(CancellationToken.None).AsTask();
        while (await Task.WhenAny(sending, tick).ConfigureAwait(false) == tick)
        {
            show(await sampler.NextAsync().ConfigureAwait(false));
            tick = frames.WaitForNextTickAsync(CancellationToken.None).AsTask();
        }

        await sending.ConfigureAwait(false);
        show(await sampler.NextAsync(sinceStart: true).ConfigureAwait(false));
    }
}
