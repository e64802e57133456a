using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Tests.Kit;

/// <summary>A child program with its output captured; killed with its children when disposed.</summary>
/// <remarks>Keeps at most <see cref="MaxOutput"/> characters, the newest: a chatty child costs a bounded buffer.</remarks>
internal sealed partial class RunningProcess : IAsyncDisposable
{
    private const int MaxOutput = 4 << 20;

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly StringBuilder _output = new();
    private readonly List<(Regex Pattern, TaskCompletionSource<Match> Found)> _waiters = [];
    private readonly List<string> _lines = [];

    private RunningProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Exited += (_, _) => _ = AbandonWaitersAsync();
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>Both streams, line by line, as they came.</summary>
    public string Output
    {
        get
        {
            lock (_gate)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts a program without a shell; its standard input is closed.</summary>
    public static RunningProcess Start(
        string file, IEnumerable<string> arguments, string? folder = null, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(file, arguments)
        {
            WorkingDirectory = folder ?? RepositoryRoot.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return new RunningProcess(start);
    }

    /// <summary>The first line, past or coming, that matches; fails when the program ends without it.</summary>
    public async Task<Match> LineAsync(Regex pattern, TimeSpan timeout)
    {
        TaskCompletionSource<Match> found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_lines.Select(line => pattern.Match(line)).FirstOrDefault(match => match.Success) is { } match)
            {
                return match;
            }

            _waiters.Add((pattern, found));
        }

        if (_process.HasExited)
        {
            await AbandonWaitersAsync();
        }

        try
        {
            return await found.Task.WaitAsync(timeout);
        }
        catch (Exception missing) when (missing is TimeoutException or OperationCanceledException)
        {
            string why = missing is TimeoutException ? $"did not come within {timeout}" : "never came: the program ended";
            throw new InvalidOperationException($"The line /{pattern}/ {why}. It said:\n{Output}", missing);
        }
    }

    /// <summary>Waits for the end and returns the exit code; kills the program and fails when it takes too long.</summary>
    public async Task<int> ExitAsync(TimeSpan timeout)
    {
        using CancellationTokenSource limit = new(timeout);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException late)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{_process.StartInfo.FileName} ran longer than {timeout}. It said:\n{Output}", late);
        }
    }

    /// <summary>Asks the program to end, as a service manager would (SIGTERM).</summary>
    public void Terminate() => Signal(15);

    /// <summary>Sends a POSIX signal by number.</summary>
    public void Signal(int number)
    {
        if (Kill(_process.Id, number) != 0)
        {
            throw new InvalidOperationException($"kill({_process.Id}, {number}) failed: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            _output.Append(line).Append('\n');
            if (_output.Length > MaxOutput)
            {
                _output.Remove(0, _output.Length - (MaxOutput / 2));
                _lines.RemoveRange(0, _lines.Count / 2);
            }

            _lines.Add(line);
            foreach ((Regex pattern, TaskCompletionSource<Match> found) in _waiters)
            {
                if (pattern.Match(line) is { Success: true } match)
                {
                    found.TrySetResult(match);
                }
            }
        }
    }

    private async Task AbandonWaitersAsync()
    {
        try
        {
            // The last lines may still be in the pipe when the exit is seen: this returns after both streams have ended.
            await _process.WaitForExitAsync();
        }
        catch (InvalidOperationException)
        {
            // Disposed meanwhile: nobody waits for a line any more.
        }

        lock (_gate)
        {
            _waiters.ForEach(waiter => waiter.Found.TrySetCanceled());
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
