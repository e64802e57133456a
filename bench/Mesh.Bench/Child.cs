using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Bench;

/// <summary>A child process, optionally pinned to cores; killed when disposed. Paths in its command are relative to the repository.</summary>
internal sealed class Child : IDisposable
{
    private static readonly TimeSpan LineLimit = TimeSpan.FromSeconds(30);
    private static readonly HashSet<Child> Living = [];
    private static bool _isEnding;

    /// <summary>Who interrupts this program leaves no proxies behind.</summary>
    private static readonly PosixSignalRegistration[] Interrupts =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => EndAll()),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => EndAll()),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => EndAll()),
    ];

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly List<(Regex Pattern, TaskCompletionSource<Match> Found)> _waiters = [];

    private Child(string command, Process process)
    {
        Command = command;
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
    }

    /// <summary>As one could type it at the repository's root.</summary>
    public string Command { get; }

    public int Id => _process.Id;

    public bool Running => !_process.HasExited;

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts it; taskset replaces itself by the program, so that the id is the program's.</summary>
    public static Child Start(string? cores, params string[] command)
    {
        string[] all = cores is null ? command : ["taskset", "-c", cores, .. command];
        ProcessStartInfo start = new(all[0], all[1..])
        {
            WorkingDirectory = Layout.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Child child = new(Show(all), new Process { StartInfo = start });
        try
        {
            lock (Living)
            {
                if (Interrupts.Length == 0 || _isEnding) throw new OperationCanceledException("interrupted");
                child._process.Start();
                Living.Add(child);
            }
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new BenchException($"cannot start {all[0]}: {missing.Message} (needed: taskset, nginx, haproxy, wrk)");
        }

        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Starts a sub-command of this program as a process of its own.</summary>
    public static Child StartSelf(string? cores, params string[] arguments) => Start(cores, [Environment.ProcessPath!, .. arguments]);

    /// <summary>The same, on what time its core has left (SCHED_IDLE).</summary>
    public static Child StartSelfIdle(string? cores, params string[] arguments) =>
        Start(cores, ["chrt", "--idle", "0", Environment.ProcessPath!, .. arguments]);

    /// <summary>Runs it to its end; a non-zero exit code is an error.</summary>
    public static async Task<string> RunAsync(string? cores, params string[] command)
    {
        using Child child = Start(cores, command);
        await child.ExitAsync();
        return child._process.ExitCode == 0
            ? child.Output
            : throw new BenchException($"{child.Command}\nended with {child._process.ExitCode}:\n{child.Output}");
    }

    public Task ExitAsync() => _process.WaitForExitAsync();

    /// <summary>The first line, past or coming, that matches.</summary>
    public async Task<Match> LineAsync(Regex pattern)
    {
        TaskCompletionSource<Match> found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_output)
        {
            if (_output.ToString().Split('\n').Select(line => pattern.Match(line)).FirstOrDefault(match => match.Success) is { } past)
            {
                return past;
            }

            _waiters.Add((pattern, found));
        }

        Task ended = ExitAsync();
        if (await Task.WhenAny(found.Task, ended, Task.Delay(LineLimit)) != found.Task && !found.Task.IsCompleted)
        {
            throw new BenchException($"{Command}\n{(ended.IsCompleted ? "ended" : "went on")} without a line /{pattern}/:\n{Output}");
        }

        return await found.Task;
    }

    /// <summary>Ends its standard input, which asks our own helpers to finish.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>A line to its standard input.</summary>
    public void Say(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>SIGKILL: it can say goodbye to nobody.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        lock (Living)
        {
            Living.Remove(this);
        }

        _process.Dispose();
    }

    /// <summary>A command as one would type it.</summary>
    public static string Show(IEnumerable<string> command) => string.Join(' ', command.Select(Quote));

    private static void EndAll()
    {
        lock (Living)
        {
            _isEnding = true;
            foreach (Child child in Living)
            {
                child._process.Kill();
            }
        }
    }

    private static string Quote(string part) => part.AsSpan().ContainsAny(" ;'") ? $"'{part}'" : part;

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.Append(line).Append('\n');
            foreach ((Regex pattern, TaskCompletionSource<Match> found) in _waiters)
            {
                if (pattern.Match(line) is { Success: true } match)
                {
                    found.TrySetResult(match);
                }
            }
        }
    }
}
