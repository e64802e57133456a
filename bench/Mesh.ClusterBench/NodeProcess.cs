using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Mesh.ClusterBench;

/// <summary>A running node, its output and a client to it. Killed when disposed.</summary>
internal sealed partial class NodeProcess : IDisposable
{
    private const int Stop = 19;
    private const int Continue = 18;
    private const int Terminate = 15;
    private const int MaxLines = 20_000;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly List<string> _lines = [];
    private CommandClient? _client;

    private NodeProcess(NodeOptions options, Process process)
    {
        Options = options;
        _process = process;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public NodeOptions Options { get; }

    public int Id => _process.Id;

    public bool IsRunning => !_process.HasExited;

    /// <summary>After it ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>16 hexadecimal digits; of this process.</summary>
    public string Uid { get; private set; } = "";

    /// <summary>What it said so far, errors too.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    /// <summary>Events of membership, in order.</summary>
    public IEnumerable<NodeEvent> Events => Lines.Select(static line => EventLine().Match(line)).Where(static match => match.Success).Select(
        static match => new NodeEvent(
            long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), match.Groups[2].Value, match.Groups[3].Value));

    public static NodeProcess Start(NodeOptions options)
    {
        ProcessStartInfo start = new("dotnet", ["exec", typeof(NodeProcess).Assembly.Location, "node", .. options.ToArguments()])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        return new NodeProcess(options, new Process { StartInfo = start, EnableRaisingEvents = true });
    }

    /// <summary>Waits until it takes commands.</summary>
    public async Task ServingAsync(TimeSpan patience)
    {
        Match serving = await LineAsync(ServingLine(), patience);
        Uid = serving.Groups[2].Value;
        _client = await CommandClient.ConnectAsync(int.Parse(serving.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
    }

    /// <summary>One command, one line of answer; <c>refused ..</c> also when the process is not there.</summary>
    public Task<string> AskAsync(string command, TimeSpan patience) =>
        _client?.AskAsync(command, patience) ?? Task.FromResult("refused it has not started");

    /// <summary>The first line, past or coming, that matches.</summary>
    public async Task<Match> LineAsync(Regex pattern, TimeSpan patience)
    {
        Match? found = null;
        await UntilAsync(
            () => (found = Lines.Select(line => pattern.Match(line)).FirstOrDefault(static match => match.Success)) is not null,
            patience, () => $"a line /{pattern}/");
        return found!;
    }

    /// <summary>Looks often until it holds.</summary>
    /// <exception cref="TimeoutException">It never did; the text has what the process said.</exception>
    public async Task UntilAsync(Func<bool> holds, TimeSpan patience, Func<string> what)
    {
        long began = Stopwatch.GetTimestamp();
        using PeriodicTimer look = new(s_look);
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(began) > patience || (!IsRunning && Stopwatch.GetElapsedTime(began) > s_look * 50))
                throw new TimeoutException($"node {Options.Name}: {what()} did not come within {patience}. It said:\n{string.Join('\n', Lines)}");
            await look.WaitForNextTickAsync();
        }
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGSTOP: it stands still and does not know.</summary>
    public void Freeze() => Signal(Stop);

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Signal(Continue);

    /// <summary>SIGTERM: it ends in order.</summary>
    public void AskToEnd() => Signal(Terminate);

    /// <summary>The exit code.</summary>
    public async Task<int> EndedAsync(TimeSpan patience)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(patience);
            return _process.ExitCode;
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"node {Options.Name} did not end within {patience}. It said:\n{string.Join('\n', Lines)}", late);
        }
    }

    public void Dispose()
    {
        _client?.Dispose();
        if (IsRunning)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Signal(int number)
    {
        if (SendSignal(_process.Id, number) != 0) throw new InvalidOperationException($"kill({_process.Id}, {number}) failed");
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (_lines)
        {
            if (_lines.Count >= MaxLines) _lines.RemoveRange(0, MaxLines / 2);
            _lines.Add(line);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);

    [GeneratedRegex(@"^serving (\d+) as \S+#([0-9a-f]{16})$")]
    private static partial Regex ServingLine();

    [GeneratedRegex(@"^event (\d+) (\w+) \d* ?([0-9a-f]*)$")]
    private static partial Regex EventLine();
}

/// <param name="At">When the node heard of it, milliseconds of Unix time.</param>
/// <param name="Kind">The event's type.</param>
/// <param name="Uid">Of whom, 16 hexadecimal digits; or empty.</param>
internal readonly record struct NodeEvent(long At, string Kind, string Uid);
