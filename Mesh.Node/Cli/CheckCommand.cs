using System.CommandLine;
using Mesh.Node.Config;
using Mesh.Node.Dtabs;

namespace Mesh.Node.Cli;

/// <summary><c>mesh check FILE</c>: every fault of a config, or one line that says what it would run.</summary>
internal static class CheckCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> file = ConfigArguments.File();
        Option<string[]> set = ConfigArguments.Set();
        var command = new Command("check", "Check a config: every fault with file:line:column, exit 1 if there is one.") { file, set };
        command.SetAction(parsed => Check(parsed.GetValue(file)!, parsed.GetValue(set) ?? [], context));
        return command;
    }

    private static int Check(string file, string[] assignments, CommandContext context)
    {
        ConfigResult result = ConfigLoader.LoadFile(file, assignments, context.Hooks, context.OpenStandardInput);
        ConfigArguments.Print(result, context.Output);
        if (result.Config is null) return ExitCodes.BadInput;
        foreach (RouterConfig router in result.Config.Routers)
        {
            if (router.Interpreter is NamerdInterpreterConfig) continue;
            foreach (DtabFault warning in NamerPrefixCheck.Warnings(router.Dtab, result.Config.Namers))
                context.Output.WriteLine($"{file}: {NamerPrefixCheck.TextOf(router.Label, router.Dtab, warning)}");
        }
        context.Output.WriteLine($"{(file == ConfigText.StandardInput ? "stdin" : file)}: ok; {ConfigSummary.Of(result.Config)}");
        return ExitCodes.Success;
    }
}
