using System.Runtime.InteropServices;
using Mesh.Actors.Shutdown;
using Mesh.Node.Cli;
using Mesh.Node.Proxy;

namespace Mesh.Node.Hosting;

/// <summary>Runs what the command line asks for, in this process.</summary>
internal sealed class NodeCommands(TextWriter output, TextWriter error) : ICommandHandlers
{
    /// <summary>Runs a node until SIGTERM, SIGINT or the token; the exit code is 0 after an orderly end.</summary>
    public async Task<int> RunAsync(RunRequest request, CancellationToken cancel)
    {
        NodeLog log = new(error, TimeProvider.System);
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

            await output.WriteLineAsync($"admin: serving {host.Admin}").ConfigureAwait(false);
            await output.FlushAsync(cancel).ConfigureAwait(false);
            await host.StopAsync(new ShutdownReason(await ShutdownSignal.WaitAsync(cancel).ConfigureAwait(false))).ConfigureAwait(false);
        }

        return ExitCodes.Success;
    }

    public Task<int> DemoAsync(DemoRequest request, CancellationToken cancel) => throw new NotSupportedException();
}

/// <summary>Waits for the operator's word to end.</summary>
internal static class ShutdownSignal
{
    /// <summary>The signal's name, or why else.</summary>
    public static async Task<string> WaitAsync(CancellationToken cancel)
    {
        TaskCompletionSource<string> asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration term = On(PosixSignal.SIGTERM, asked);
        using PosixSignalRegistration interrupt = On(PosixSignal.SIGINT, asked);
        using CancellationTokenRegistration cancelled = cancel.Register(() => asked.TrySetResult("cancelled"));
        return await asked.Task.ConfigureAwait(false);
    }

    private static PosixSignalRegistration On(PosixSignal signal, TaskCompletionSource<string> asked) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            asked.TrySetResult(signal.ToString());
        });
}
