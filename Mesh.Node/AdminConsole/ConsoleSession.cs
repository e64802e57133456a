using Mesh.Node.AdminConsole.Prompt;
using Mesh.Node.Cli;

namespace Mesh.Node.AdminConsole;

/// <summary>A conversation with one node: one command from the command line, or many from a prompt.</summary>
/// <param name="client">The way to the node.</param>
/// <param name="node">Its name in messages.</param>
/// <param name="json">Whether answers are JSON.</param>
/// <param name="files">Reads what options name.</param>
/// <param name="output">For answers.</param>
/// <param name="error">For what says no.</param>
internal sealed class ConsoleSession(ConsoleClient client, string node, bool json, OptionFiles files, TextWriter output, TextWriter error)
{
    /// <summary>Runs one command; its exit code.</summary>
    public async Task<int> OnceAsync(IReadOnlyList<string> words, CancellationToken cancel)
    {
        IReadOnlyList<KnownCommand>? commands = await CommandsAsync(cancel).ConfigureAwait(false);
        return commands is null ? ExitCodes.Broken : await RunAsync(words, commands, cancel).ConfigureAwait(false);
    }

    /// <summary>Asks for commands until <c>exit</c> or the end of the input; the exit code of the last one.</summary>
    /// <param name="open">Opens where lines come from, once the node's commands are known.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<int> PromptAsync(Func<IReadOnlyList<KnownCommand>, ILineSource> open, CancellationToken cancel)
    {
        if (await CommandsAsync(cancel).ConfigureAwait(false) is not { } commands) return ExitCodes.Broken;
        using ILineSource lines = open(commands);
        int code = ExitCodes.Success;
        while (!cancel.IsCancellationRequested)
        {
            if (await lines.NextAsync(cancel).ConfigureAwait(false) is not { } line || line.Trim() is "exit" or "quit") break;
            if (line.Trim().Length == 0) continue;
            if (CommandWords.TrySplit(line, out IReadOnlyList<string> words, out string? fault))
            {
                code = await lines.InterruptiblyAsync(stop => RunAsync(words, commands, stop), cancel).ConfigureAwait(false);
                continue;
            }

            await error.WriteLineAsync($"error: {fault}").ConfigureAwait(false);
            code = ExitCodes.BadInput;
        }

        return code;
    }

    private async Task<int> RunAsync(IReadOnlyList<string> words, IReadOnlyList<KnownCommand> commands, CancellationToken cancel)
    {
        if (words[0] is "help") return await HelpAsync(commands, [.. words.Skip(1)]).ConfigureAwait(false);

        // What is none is the node's to refuse, which knows what there is.
        KnownCommand? command = KnownCommand.Find(commands, words);
        try
        {
            if (command is not null) words = await files.FillAsync(command, words, cancel).ConfigureAwait(false);
            string line = string.Join(' ', words.Select(CommandWords.Quote));
            return await client.RunAsync(line, command?.Mutates ?? false, json, output, error, cancel).ConfigureAwait(false);
        }
        catch (ConsoleRefusal refusal)
        {
            await error.WriteLineAsync($"error: {refusal.Message}").ConfigureAwait(false);
            return ExitCodes.BadInput;
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

    private async Task<int> HelpAsync(IReadOnlyList<KnownCommand> commands, IReadOnlyList<string> words)
    {
        if (ConsoleHelp.Of(commands, words) is not { } lines)
        {
            await error.WriteLineAsync($"error: {ConsoleHelp.Unknown(commands, words)}").ConfigureAwait(false);
            return ExitCodes.BadInput;
        }

        foreach (string line in lines) await output.WriteLineAsync(line).ConfigureAwait(false);
        return ExitCodes.Success;
    }
}
