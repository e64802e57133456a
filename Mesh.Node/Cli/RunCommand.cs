using System.CommandLine;
using Mesh.Node.Config;

namespace Mesh.Node.Cli;

/// <summary><c>mesh run FILE</c>: load a config and start a node with it.</summary>
internal static class RunCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> file = ConfigArguments.File();
        Option<string[]> set = ConfigArguments.Set();
        var command = new Command("run", "Start a node with a config; SIGTERM or Ctrl-C drains and ends it.") { file, set };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(file)!, parsed.GetValue(set) ?? [], context, cancel));
        return command;
    }

    private static Task<int> RunAsync(string file, string[] assignments, CommandContext context, CancellationToken cancel)
    {
        ConfigResult result = ConfigLoader.LoadFile(file, assignments, context.Hooks, context.OpenStandardInput);
        ConfigArguments.Print(result, context.Error);
        return result.Config is null
            ? Task.FromResult(ExitCodes.BadInput)
            : context.Handlers.RunAsync(new RunRequest(result.Config, file, assignments), cancel);
    }
}
