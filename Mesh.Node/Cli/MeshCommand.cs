using System.CommandLine;

namespace Mesh.Node.Cli;

/// <summary>The command line of the program <c>mesh</c>.</summary>
internal static class MeshCommand
{
    /// <summary>Parses the arguments, runs the command that they name, and gives the exit code.</summary>
    public static Task<int> InvokeAsync(string[] arguments, CommandContext context, CancellationToken cancel = default)
    {
        var root = new RootCommand("Mesh, a service mesh in one program: it proxies, balances and watches the calls between services.")
        {
            RunCommand.Create(context),
            CheckCommand.Create(context),
            DemoCommand.Create(context),
            DtabCommand.Create(context),
            ConsoleCommands.Create(context),
        };
        var invocation = new InvocationConfiguration
        {
            Output = context.Output,
            Error = context.Error,
            // The node drains on SIGTERM in its own time; two masters of one signal would race.
            ProcessTerminationTimeout = null,
        };
        return root.Parse(arguments).InvokeAsync(invocation, cancel);
    }
}
