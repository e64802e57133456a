using System.CommandLine;
using System.Globalization;
using Mesh.Node.AdminConsole;
using Mesh.Node.Config;

namespace Mesh.Node.Cli;

/// <summary><c>mesh console</c>: asks a running node, once or at a prompt.</summary>
internal static class ConsoleCommands
{
    private const string TokenVariable = "MESH_ADMIN_TOKEN";

    public static Command Create(CommandContext context)
    {
        var words = new Argument<string[]>("command")
        {
            Description = "The node's admin address (host:port, 127.0.0.1:9990 unless given) and a command such as `cluster show`; "
                + "without one, a prompt.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<bool> json = new("--json") { Description = "Answers as JSON, for scripts." };
        var command = new Command("console", "Ask a running node: `mesh console cluster show`. `help` lists what it knows.") { words, json };
        // Options of the node's commands are the node's to judge, in the order they were written: `mesh console cluster down -a ..`.
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((parsed, cancel) =>
        {
            string[] given = [.. parsed.Tokens.Select(static token => token.Value).SkipWhile(static text => text != "console").Skip(1)];
            return RunAsync([.. given.Where(text => text != json.Name)], parsed.GetValue(json), context, cancel);
        });
        return command;
    }

    private static async Task<int> RunAsync(string[] words, bool json, CommandContext context, CancellationToken cancel)
    {
        string node = $"127.0.0.1:{AdminConfig.DefaultPort}";
        if (words.Length > 0 && words[0].Contains(':')) (node, words) = (words[0], words[1..]);
        if (!Uri.TryCreate(node.Contains("://", StringComparison.Ordinal) ? node : $"http://{node}", UriKind.Absolute, out Uri? address))
        {
            context.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"error: `{node}` is no address such as 127.0.0.1:{AdminConfig.DefaultPort}"));
            return ExitCodes.BadInput;
        }

        using var client = new ConsoleClient(address, Token);
        using var input = new StreamReader(context.OpenStandardInput());
        var session = new ConsoleSession(client, node, json, input, context.Answers, context.Error);
        return words.Length > 0
            ? await session.OnceAsync(words, cancel).ConfigureAwait(false)
            : await session.PromptAsync(!Console.IsInputRedirected, cancel).ConfigureAwait(false);
    }

    /// <summary>The token of the environment, else that of this user's nodes on this machine.</summary>
    private static string? Token()
    {
        if (Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } given) return given;
        string? file = new Admin.AdminToken(Hosting.StateDirectory.Of(Environment.GetEnvironmentVariable)).File;
        try
        {
            return file is not null && File.Exists(file) ? File.ReadAllText(file).Trim() : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
