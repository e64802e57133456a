using System.CommandLine;
using System.CommandLine.Parsing;

namespace Mesh.Node.Cli;

/// <summary><c>mesh demo</c>: nodes, services and traffic on this machine, with nothing to install.</summary>
internal static class DemoCommand
{
    private const int DefaultNodes = 1;
    private const int MaxNodes = 9;
    private const int DefaultRate = 100;
    private const int MaxRate = 10_000;

    private static readonly TimeSpan s_defaultLength = TimeSpan.FromMinutes(1);

    public static Command Create(CommandContext context)
    {
        Option<int> nodes = Number(
            "--nodes", "Nodes to start; several form a cluster, and one of them is killed and comes back.", DefaultNodes, MaxNodes);
        Option<int> rate = Number("--rate", "Requests a second.", DefaultRate, MaxRate);
        var length = new Option<TimeSpan?>("--for")
        {
            Description = "How long, such as 90s or 5m; a minute where it is left out. Ctrl-C ends it earlier.",
            HelpName = "duration",
            CustomParser = ParseDuration,
        };
        var command = new Command("demo", "Show hello and world calling each other through a node, with live numbers.") { nodes, length, rate };
        command.Add(DemoAppCommand.Create(context));
        command.SetAction((parsed, cancel) =>
        {
            TimeSpan time = parsed.GetValue(length) ?? s_defaultLength;
            return context.Handlers.DemoAsync(new DemoRequest(parsed.GetValue(nodes), time, parsed.GetValue(rate)), cancel);
        });
        return command;
    }

    private static TimeSpan? ParseDuration(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (Durations.TryParse(text, out TimeSpan duration)) return duration;
        argument.AddError($"--for is `{text}`; it must be {Durations.Expected}");
        return null;
    }

    private static Option<int> Number(string name, string description, int whenAbsent, int most)
    {
        var option = new Option<int>(name)
        {
            Description = $"{description} From 1 to {most}.",
            HelpName = "number",
            DefaultValueFactory = _ => whenAbsent,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is not [var token]) return;
            if (!int.TryParse(token.Value, out int value) || value < 1 || value > most)
                result.AddError($"{name} is `{token.Value}`; it must be a whole number from 1 to {most} (default {whenAbsent})");
        });
        return option;
    }
}
