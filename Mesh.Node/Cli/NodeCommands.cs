namespace Mesh.Node.Cli;

/// <summary>The commands of a program that was built without the node itself: each says so and fails.</summary>
internal sealed class NodeCommands(TextWriter error) : ICommandHandlers
{
    public Task<int> RunAsync(RunRequest request, CancellationToken cancel) => Missing("run");

    public Task<int> DemoAsync(DemoRequest request, CancellationToken cancel) => Missing("demo");

    private async Task<int> Missing(string command)
    {
        await error.WriteLineAsync($"mesh {command}: this build holds no node").ConfigureAwait(false);
        return ExitCodes.Broken;
    }
}
