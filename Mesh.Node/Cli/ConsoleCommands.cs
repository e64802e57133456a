using System.CommandLine;
using System.Globalization;
using System.Net;
using Mesh.Node.AdminConsole;
using Mesh.Node.AdminConsole.Prompt;
using Mesh.Node.Config;
using Mesh.Node.Hosting;

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
        Option<string?> tokenFile = new("--token-file")
        {
            Description = $"The node's admin token is in this file; else in {TokenVariable}, else, for nodes of this machine, in this user's file.",
        };
        Option<string?> name = new("--as")
        {
            Description = "Who the node's log and histories shall say it was; this user's name unless given.",
        };
        var command = new Command("console", "Ask a running node: `mesh console cluster show`. `help` lists what it knows.")
        {
            words, json, tokenFile, name,
        };
        // Options of the node's commands are the node's to judge, in the order they were written: `mesh console cluster down -a ..`.
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((parsed, cancel) =>
        {
            List<string> given = [.. parsed.Tokens.Select(static token => token.Value).SkipWhile(static text => text != "console").Skip(1)];
            given.RemoveAll(text => text == json.Name);
            foreach (string own in new[] { tokenFile.Name, name.Name })
            {
                int at = given.IndexOf(own);
                if (at >= 0) given.RemoveRange(at, Math.Min(2, given.Count - at));
            }

            ConsoleUser user = new(parsed.GetValue(name) ?? Environment.UserName, parsed.GetValue(tokenFile));
            return RunAsync([.. given], parsed.GetValue(json), user, context, cancel);
        });
        return command;
    }

    private static async Task<int> RunAsync(string[] words, bool json, ConsoleUser user, CommandContext context, CancellationToken cancel)
    {
        string node = $"127.0.0.1:{AdminConfig.DefaultPort}";
        if (words.Length > 0 && words[0].Contains(':')) (node, words) = (words[0], words[1..]);
        if (!Uri.TryCreate(node.Contains("://", StringComparison.Ordinal) ? node : $"http://{node}", UriKind.Absolute, out Uri? address))
        {
            context.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"error: `{node}` is no address such as 127.0.0.1:{AdminConfig.DefaultPort}"));
            return ExitCodes.BadInput;
        }

        if (user.TokenFile is { } named && !File.Exists(named))
        {
            context.Error.WriteLine($"error: there is no token file {named}");
            return ExitCodes.BadInput;
        }

        using var client = new ConsoleClient(address, () => Token(user.TokenFile, address), user.Name);
        using var input = new StreamReader(context.OpenStandardInput());
        var session = new ConsoleSession(
            client, node, json, new OptionFiles(words.Length > 0 ? input : null), context.Answers, context.Error);
        if (words.Length > 0) return await session.OnceAsync(words, cancel).ConfigureAwait(false);
        return await session.PromptAsync(commands => Lines(node, commands, client, input, context), cancel).ConfigureAwait(false);
    }

    private static ILineSource Lines(
        string node, IReadOnlyList<KnownCommand> commands, ConsoleClient client, StreamReader input, CommandContext context)
    {
        string prompt = $"[{node}] mesh> ";
        if (!SystemTerminal.IsThere) return new ScriptLines(input, Console.IsInputRedirected ? null : prompt, context.Answers);
        LineHistory history = LineHistory.Open(StateDirectory.Of(Environment.GetEnvironmentVariable));
        return new TerminalLines(new SystemTerminal(), prompt, history, commands, client.ValuesAsync);
    }

    /// <summary>The token of the file that was named, else of the environment; for a node of this machine else that of this user's nodes.</summary>
    private static string? Token(string? named, Uri node)
    {
        if (named is not null) return Read(named);
        if (Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } given) return given;
        // Another machine's node has another token, and this one is not to travel there.
        bool isHere = node.Host == "localhost" || (IPAddress.TryParse(node.DnsSafeHost, out IPAddress? address) && IPAddress.IsLoopback(address));
        string? file = new Admin.AdminToken(StateDirectory.Of(Environment.GetEnvironmentVariable)).File;
        return isHere && file is not null && File.Exists(file) ? Read(file) : null;
    }

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Who asks, and the file that was named for the token.</summary>
    private sealed record ConsoleUser(string Name, string? TokenFile);
}
