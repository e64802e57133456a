using Mesh.Node.Cli;

namespace Mesh.Node.AdminConsole.Prompt;

/// <summary>A terminal as the prompt needs it; a test gives its own.</summary>
internal interface ITerminal
{
    int Width { get; }

    /// <summary>Waits for a key; Ctrl-C is one, too.</summary>
    ConsoleKeyInfo ReadKey();

    void Write(string text);

    /// <summary>Calls back on Ctrl-C while no key is waited for; the process goes on. Until disposed.</summary>
    IDisposable OnInterrupt(Action interrupted);
}

/// <summary>Lines that somebody types at a terminal, with editing, history and completion.</summary>
/// <param name="terminal">Where.</param>
/// <param name="prompt">Before each line.</param>
/// <param name="history">Of all sessions.</param>
/// <param name="commands">Of the node.</param>
/// <param name="values">The node's names of a kind that begin so.</param>
internal sealed class TerminalLines(
    ITerminal terminal, string prompt, LineHistory history, IReadOnlyList<KnownCommand> commands,
    Func<string, string, Task<IReadOnlyList<string>>> values) : ILineSource
{
    /// <summary>Candidates that are listed.</summary>
    private const int MaxListed = 100;

    private static readonly ConsoleKeyInfo s_end = new('\0', ConsoleKey.End, shift: false, alt: false, control: false);

    private const string ToLineStart = "\r";
    private const string EraseRest = "\e[K";
    private const string EraseScreen = "\e[H\e[2J";

    public async Task<string?> NextAsync(CancellationToken cancel)
    {
        LineEditor line = new(history.Lines);
        Show(line);
        while (!cancel.IsCancellationRequested)
        {
            switch (line.Press(terminal.ReadKey()))
            {
                case LineAction.Show:
                    Show(line);
                    break;
                case LineAction.Complete:
                    await CompleteAsync(line).ConfigureAwait(false);
                    break;
                case LineAction.Clear:
                    terminal.Write(EraseScreen);
                    Show(line);
                    break;
                case LineAction.Abandon:
                    line.Press(s_end);
                    Show(line);
                    terminal.Write("^C\n");
                    line = new LineEditor(history.Lines);
                    Show(line);
                    break;
                case LineAction.End:
                    terminal.Write("\n");
                    return null;
                case LineAction.Accept:
                    terminal.Write("\n");
                    history.Add(line.Text);
                    return line.Text;
            }
        }

        return null;
    }

    public async Task<int> InterruptiblyAsync(Func<CancellationToken, Task<int>> run, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using (terminal.OnInterrupt(() => stop.Cancel()))
        {
            try
            {
                return await run(stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested && !cancel.IsCancellationRequested)
            {
                terminal.Write("^C\n");
                return ExitCodes.Success;
            }
        }
    }

    public void Dispose()
    {
    }

    private async Task CompleteAsync(LineEditor line)
    {
        CompletionSpot spot = Completion.SpotOf(commands, line.Text[..line.Cursor]);
        IReadOnlyList<string> found =
        [
            .. spot.Words.Where(word => word.StartsWith(spot.Prefix, StringComparison.Ordinal)),
            .. spot.Kind is { } kind ? await values(kind, spot.Prefix).ConfigureAwait(false) : [],
            .. spot.IsFile ? Files(spot.Prefix) : [],
        ];
        string common = Completion.CommonStart(found);
        if (found.Count == 1)
        {
            bool isFolder = spot.IsFile && found[0].EndsWith('/');
            line.Replace(spot.Start, isFolder ? found[0] : $"{found[0]} ");
        }
        else if (common.Length > spot.Prefix.Length) line.Replace(spot.Start, common);
        else if (found.Count > 1) terminal.Write($"\n{Columns(found)}");
        Show(line);
    }

    private void Show(LineEditor line)
    {
        LineView view = LineView.Of(prompt, line.Text, line.Cursor, terminal.Width);
        string back = view.Column == 0 ? "" : $"\e[{view.Column}C";
        terminal.Write($"{ToLineStart}{view.Shown}{EraseRest}{ToLineStart}{back}");
    }

    private string Columns(IReadOnlyList<string> found)
    {
        int width = found.Max(static word => word.Length) + 2;
        int columns = Math.Max(1, terminal.Width / width);
        IEnumerable<string> rows = found.Take(MaxListed).Chunk(columns)
            .Select(row => string.Concat(row.Select(word => word.PadRight(width))).TrimEnd());
        string more = found.Count > MaxListed ? $"and {found.Count - MaxListed} more\n" : "";
        return string.Join('\n', rows) + "\n" + more;
    }

    private static IEnumerable<string> Files(string prefix)
    {
        string folder = prefix[..(prefix.LastIndexOf('/') + 1)];
        try
        {
            return
            [
                .. new DirectoryInfo(folder.Length == 0 ? "." : folder).EnumerateFileSystemInfos()
                    .Select(entry => $"{folder}{entry.Name}{(entry is DirectoryInfo ? "/" : "")}")
                    .Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(2 * MaxListed),
            ];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }
}
