using Mesh.Node.Cli;

namespace Mesh.Node.AdminConsole;

/// <summary>A conversation with one node: one command from the command line, or many from a prompt.</summary>
internal sealed class ConsoleSession(ConsoleClient client, string node, bool json, TextReader input, TextWriter output, TextWriter error)
{
    /// <summary>Runs one command; its exit code.</summary>
    public async Task<int> OnceAsync(IReadOnlyList<string> words, CancellationToken cancel)
    {
        IReadOnlyList<KnownCommand>? commands = await CommandsAsync(cancel).ConfigureAwait(false);
        return commands is null ? ExitCodes.Broken : await RunAsync(words, commands, cancel).ConfigureAwait(false);
    }

    /// <summary>Asks for commands until <c>exit</c> or the end of the input; the exit code of the last one.</summary>
    public async Task<int> PromptAsync(bool showPrompt, CancellationToken cancel)
    {
        if (await CommandsAsync(cancel).ConfigureAwait(false) is not { } commands) return ExitCodes.Broken;
        int code = ExitCodes.Success;
        while (!cancel.IsCancellationRequested)
        {
            if (showPrompt) await output.WriteAsync($"[{node}] mesh> ".AsMemory(), cancel).ConfigureAwait(false);
            await output.FlushAsync(cancel).ConfigureAwait(false);
            if (await input.ReadLineAsync(cancel).ConfigureAwait(false) is not { } line || line.Trim() is "exit" or "quit") break;
            if (line.Trim().Length == 0) continue;
            if (CommandWords.TrySplit(line, out IReadOnlyList<string> words, out string? fault))
            {
                code = await RunAsync(words, commands, cancel).ConfigureAwait(false);
                continue;
            }

            await error.WriteLineAsync($"error: {fault}").ConfigureAwait(false);
            code = ExitCodes.BadInput;
        }

        return code;
    }

    private async Task<int> RunAsync(IReadOnlyList<string> words, IReadOnlyList<KnownCommand> commands, CancellationToken cancel)
    {
        if (words[0] is "help")
        {
            await HelpAsync(commands, words.Count > 1 ? words[1] : null).ConfigureAwait(false);
            return ExitCodes.Success;
        }

        // The longest name that the words begin with; what is none is the node's to refuse, which knows what there is.
        KnownCommand? command = commands.Where(each => StartsWith(words, each.Words)).MaxBy(static each => each.Words.Length);
        try
        {
            string line = string.Join(' ', words.Select(Quote));
            return await client.RunAsync(line, command?.Mutates ?? false, json, output, error, cancel).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            await error.WriteLineAsync($"error: {node}: {fault.Message}").ConfigureAwait(false);
            return ExitCodes.Broken;
        }
    }

    private async Task<IReadOnlyList<KnownCommand>?> CommandsAsync(CancellationToken cancel)
    {
        try
        {
            return await client.CommandsAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or System.Text.Json.JsonException)
        {
            await error.WriteLineAsync($"error: {node}: {fault.Message}").ConfigureAwait(false);
            return null;
        }
    }

    private async Task HelpAsync(IReadOnlyList<KnownCommand> commands, string? palette)
    {
        foreach (KnownCommand command in commands)
        {
            if (palette is not null && !StartsWith(command.Words.Split(' '), palette)) continue;
            string token = command.Mutates ? " (needs the admin token)" : "";
            await output.WriteLineAsync($"{command.Usage}\n    {command.Summary}{token}").ConfigureAwait(false);
        }

        await output.WriteLineAsync("exit | quit").ConfigureAwait(false);
    }

    private static bool StartsWith(IReadOnlyList<string> words, string name) => words.Take(name.Split(' ').Length).SequenceEqual(name.Split(' '));

    private static string Quote(string word) =>
        word.Length > 0 && !word.Any(static letter => char.IsWhiteSpace(letter) || letter is '"' or '\'') ? word
        : word.Contains('"') ? $"'{word}'" : $"\"{word}\"";
}
