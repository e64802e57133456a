using System.Runtime.InteropServices;

namespace Mesh.Node.Hosting;

/// <summary>The operator's signals. Once the end was asked for they have the system's meaning again: a second Ctrl-C ends at once.</summary>
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

    /// <summary>SIGHUP does not end the node, as the system would have it.</summary>
    public static IDisposable OnHangup(Action told) => PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        told();
    });

    private static PosixSignalRegistration On(PosixSignal signal, TaskCompletionSource<string> asked) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            asked.TrySetResult(signal.ToString());
        });
}
