using System.Collections.Concurrent;
using System.Diagnostics;

namespace Mesh.ClusterBench.Live;

/// <summary>
/// Requests at a steady rate by clients that hold a connection to every node, take turns, and move on to the next node when a connection closes
/// before an answer. What no node answers, or not with 200, is a failure.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    /// <summary>Clients beside each other.</summary>
    private const int Lanes = 64;

    /// <summary>Rounds over all nodes before a request has failed.</summary>
    private const int Rounds = 3;

    private const int MaxFailuresKept = 20;

    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentQueue<double> _latencies = new();
    private readonly int[] _ports;
    private readonly byte[] _request;
    private readonly Task[] _running;
    private long _good;
    private long _failed;
    private long _moves;

    /// <param name="ports">Of the nodes' routers.</param>
    /// <param name="rate">Requests a second, all clients together.</param>
    /// <param name="host">Whom they ask for.</param>
    public SteadyLoad(IEnumerable<int> ports, int rate, string host = "web")
    {
        _ports = [.. ports];
        _request = HttpLine.Get(host);
        TimeSpan interval = TimeSpan.FromSeconds((double)Lanes / rate);
        _running = [.. Enumerable.Range(0, Lanes).Select(lane => Task.Run(() => RunAsync(lane, interval)))];
    }

    public long Good => Interlocked.Read(ref _good);

    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Times a request was asked again of another node.</summary>
    public long Moves => Interlocked.Read(ref _moves);

    /// <summary>The first of them, in words.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Milliseconds from the first attempt to the answer, since this was last called.</summary>
    public double[] TakeLatencies()
    {
        List<double> taken = [];
        while (_latencies.TryDequeue(out double one)) taken.Add(one);
        return [.. taken];
    }

    public async Task StopAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_running);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _end.Dispose();
    }

    private async Task RunAsync(int lane, TimeSpan interval)
    {
        var lines = new HttpLine?[_ports.Length];
        long began = Stopwatch.GetTimestamp();
        TimeSpan next = interval * lane / Lanes;
        for (int turn = lane; !_end.IsCancellationRequested; turn++, next += interval)
        {
            TimeSpan wait = next - Stopwatch.GetElapsedTime(began);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_end.IsCancellationRequested) break;
            long from = Stopwatch.GetTimestamp();
            string? failure = await TryAsync(lines, turn);
            _latencies.Enqueue(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
            if (failure is null)
            {
                Interlocked.Increment(ref _good);
                continue;
            }

            Interlocked.Increment(ref _failed);
            if (_failures.Count < MaxFailuresKept) _failures.Enqueue(failure);
        }

        foreach (HttpLine? line in lines) line?.Dispose();
    }

    /// <summary>Null when it was answered with 200.</summary>
    private async Task<string?> TryAsync(HttpLine?[] lines, int turn)
    {
        for (int attempt = 0; attempt < Rounds * lines.Length; attempt++)
        {
            int at = (turn + attempt) % lines.Length;
            if (attempt > 0) Interlocked.Increment(ref _moves);
            if (attempt > 0 && attempt % lines.Length == 0) await Task.Delay(10);
            try
            {
                HttpLine? line = lines[at] ??= await HttpLine.ConnectAsync(_ports[at]);
                (int Status, string Body)? answer = line is null ? null : await line.AskAsync(_request);
                if (answer is null || line!.IsOver)
                {
                    line?.Dispose();
                    lines[at] = null;
                }

                if (answer is { } got) return got.Status == 200 ? null : $"port {_ports[at]}: {got.Status} {got.Body}";
            }
            catch (IOException broken)
            {
                lines[at]?.Dispose();
                lines[at] = null;
                return $"port {_ports[at]}: {broken.Message}";
            }
        }

        return "nobody answered";
    }
}
