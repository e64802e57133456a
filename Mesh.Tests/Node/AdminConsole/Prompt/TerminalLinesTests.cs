using System.Text;
using Mesh.Node.AdminConsole;
using Mesh.Node.AdminConsole.Prompt;
using Mesh.Node.Cli;
using Mesh.Node.Hosting;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole.Prompt;

/// <summary>The prompt at a terminal that a test types on.</summary>
public sealed class TerminalLinesTests : IDisposable
{
    private static readonly KnownCommand[] s_commands =
    [
        new("dest list", "", "", false),
        new("dest show", "", "", false) { Options = [new KnownOption("-n", "CLIENT", "", "destination", null)] },
    ];

    private static readonly string[] s_names = ["/#/io.l5d.fs/b1", "/#/io.l5d.fs/b2"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-history-");
    private readonly TypedTerminal _terminal = new();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Tab_CompletesWordsAndNames_AndListsWhereThereAreSeveral()
    {
        using TerminalLines lines = Lines();
        _terminal.Type("de\t\tsh\t-\t/\t\t2\t\r");

        string? line = await lines.NextAsync(CancellationToken.None);

        Assert.Equal("dest show -n /#/io.l5d.fs/b2 ", line);
        Assert.Contains("\nlist  show\n", _terminal.Written, StringComparison.Ordinal);
        Assert.Contains("\n/#/io.l5d.fs/b1  /#/io.l5d.fs/b2\n", _terminal.Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CtrlC_GivesALineUp_AndCtrlDEndsTheSession()
    {
        using TerminalLines lines = Lines();
        _terminal.Type("dest").Control(ConsoleKey.C).Control(ConsoleKey.D);

        Assert.Null(await lines.NextAsync(CancellationToken.None));

        Assert.Contains("^C\n", _terminal.Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CtrlC_EndsWhatRuns_AndNotTheSession()
    {
        using TerminalLines lines = Lines();
        int exit = await lines.InterruptiblyAsync(
            async stop =>
            {
                _terminal.Interrupt();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
                return 1;
            },
            CancellationToken.None);

        Assert.Equal(ExitCodes.Success, exit);
        Assert.False(_terminal.IsListening);
    }

    [Fact]
    public async Task Lines_AreRemembered_ButNoSecrets()
    {
        using (TerminalLines lines = Lines())
        {
            _terminal.Type("dest list\rdest list\r secretly\rexplain / -H 'Authorization: Bearer x'\r  \r");
            for (int i = 0; i < 5; i++) await lines.NextAsync(CancellationToken.None);
        }

        LineHistory history = LineHistory.Open(new StateDirectory(_folder.FullName));

        string file = Path.Combine(_folder.FullName, LineHistory.FileName);
        Assert.Equal(["dest list"], history.Lines);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void TheHistory_IsBounded()
    {
        LineHistory history = LineHistory.Open(new StateDirectory(_folder.FullName));
        string file = Path.Combine(_folder.FullName, LineHistory.FileName);
        File.WriteAllLines(file, Enumerable.Range(0, 2 * LineHistory.MaxLines).Select(static i => $"a {i}"));
        history.Add("last");

        LineHistory again = LineHistory.Open(new StateDirectory(_folder.FullName));

        Assert.Equal((LineHistory.MaxLines, "last"), (again.Lines.Count, again.Lines[^1]));
        Assert.Equal(LineHistory.MaxLines, File.ReadAllLines(file).Length);
    }

    private TerminalLines Lines() => new(
        _terminal, "> ", LineHistory.Open(new StateDirectory(_folder.FullName)), s_commands,
        static (kind, prefix) => Task.FromResult<IReadOnlyList<string>>(
            kind == "destination" ? [.. s_names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))] : []));

    private sealed class TypedTerminal : ITerminal
    {
        private readonly Queue<ConsoleKeyInfo> _keys = new();
        private readonly StringBuilder _written = new();
        private Action? _interrupted;

        public int Width => 80;

        public string Written => _written.ToString();

        public bool IsListening => _interrupted is not null;

        public TypedTerminal Type(string text)
        {
            foreach (char letter in text)
            {
                ConsoleKey key = letter switch { '\t' => ConsoleKey.Tab, '\r' => ConsoleKey.Enter, _ => default };
                _keys.Enqueue(new ConsoleKeyInfo(letter, key, false, false, false));
            }

            return this;
        }

        public TypedTerminal Control(ConsoleKey key)
        {
            _keys.Enqueue(new ConsoleKeyInfo('\0', key, false, false, control: true));
            return this;
        }

        public ConsoleKeyInfo ReadKey() => _keys.Dequeue();

        public void Write(string text) => _written.Append(text);

        public void Interrupt() => _interrupted!();

        public IDisposable OnInterrupt(Action interrupted)
        {
            _interrupted = interrupted;
            return new Listening(this);
        }

        private sealed class Listening(TypedTerminal terminal) : IDisposable
        {
            public void Dispose() => terminal._interrupted = null;
        }
    }
}
