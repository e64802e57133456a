using Mesh.Actors.Shutdown;
using Mesh.Node.Cli;
using Mesh.Node.Demo;
using Mesh.Node.Demo.Fleet;
using Mesh.Node.Proxy;

namespace Mesh.Node.Hosting;

/// <summary>Runs what the command line asks for, in this process.</summary>
internal sealed class NodeCommands(TextWriter output, TextWriter error) : ICommandHandlers
{
    /// <summary>Runs a node until SIGTERM, SIGINT or the token; or until it has left its cluster.</summary>
    /// <returns>0 after an orderly end; 70 where the node could not start.</returns>
    public async Task<int> RunAsync(RunRequest request, CancellationToken cancel)
    {
        NodeLog log = new(error, TimeProvider.System);
        byte[]? known = Reloader.ReadNow(request);
        NodeHost host;
        try
        {
            host = await NodeHost.StartAsync(request.Config, log, TimeProvider.System).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            log.Error("node", fault.Message);
            return ExitCodes.Broken;
        }

        await using (host.ConfigureAwait(false))
        {
            foreach (ProxyServer server in host.Servers)
            {
                await output.WriteLineAsync($"router {server.RouterLabel}: serving {server.BoundEndPoint}").ConfigureAwait(false);
            }

            if (host.Cluster is { } cluster)
            {
                string name = request.Config.Cluster!.Name;
                await output.WriteLineAsync($"cluster {name}: serving {cluster.Self.Address.Host}:{cluster.Self.Address.Port}").ConfigureAwait(false);
            }

            await output.WriteLineAsync($"admin: serving {host.Admin}").ConfigureAwait(false);
            await output.FlushAsync(cancel).ConfigureAwait(false);
            using Reloader reloader = new(host, request, known, log, TimeProvider.System);
            Task<string> signal = ShutdownSignal.WaitAsync(cancel);
            Task<string> asked = await Task.WhenAny(signal, host.EndAsked).ConfigureAwait(false);
            await host.StopAsync(new ShutdownReason(await asked.ConfigureAwait(false))).ConfigureAwait(false);
            return ExitCodes.Success;
        }
    }

    /// <summary>Gives a demo until its time is over, SIGTERM, SIGINT or the token; the exit code is 0 after either.</summary>
    public async Task<int> DemoAsync(DemoRequest request, CancellationToken cancel)
    {
        using var asked = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task<string> signal = ShutdownSignal.WaitAsync(asked.Token);
        DemoOptions options = new() { RequestsPerSecond = request.RequestsPerSecond, For = request.For };
        Task end = signal.ContinueWith(_ => asked.Cancel(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            await RunDemoAsync(request.Nodes, options, asked.Token).ConfigureAwait(false);
            return ExitCodes.Success;
        }
        catch (IOException fault)
        {
            await error.WriteLineAsync($"demo: {fault.Message}").ConfigureAwait(false);
            return ExitCodes.Broken;
        }
        finally
        {
            await asked.CancelAsync().ConfigureAwait(false);
            await end.ConfigureAwait(false);
        }
    }

    public async Task<int> DemoAppAsync(DemoAppRequest request, CancellationToken cancel)
    {
        await using DemoApp app = new(
            new DemoAppOptions(request.Service, request.EndPoint, request.Node, Environment.MachineName), TimeProvider.System);
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            await error.WriteLineAsync($"demo app: {fault.Message}").ConfigureAwait(false);
            return ExitCodes.Broken;
        }

        await output.WriteLineAsync($"{app.Instance.Name} answers at http://{app.Instance.EndPoint}/").ConfigureAwait(false);
        await ShutdownSignal.WaitAsync(cancel).ConfigureAwait(false);
        return ExitCodes.Success;
    }

    private Task RunDemoAsync(int nodes, DemoOptions options, CancellationToken asked) => nodes == 1
        ? new MeshDemo(options, DemoStage.For(output), output, new NodeLog(error, TimeProvider.System)).RunAsync(asked)
        : new FleetDemo(nodes, options, DemoStage.ForFleet(output), output).RunAsync(asked);
}
