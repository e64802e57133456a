using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Mesh.ClusterBench;

/// <summary>
/// Writes to counters without end, one command at a time each, and keeps what was acknowledged. A command that is refused is said again, under its
/// id, to the next node that runs, until it is acknowledged.
/// </summary>
internal sealed class Writers : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<Acknowledged> _acknowledged = new();
    private readonly Fleet _fleet;
    private readonly TimeSpan _pause;
    private readonly Task[] _running;
    private long _refusals;
    private string _lastRefusal = "";

    /// <param name="fleet">Whose nodes are asked; those that stand still are given up after 2 s.</param>
    /// <param name="entities">A writer each.</param>
    /// <param name="pause">Between two commands of a writer.</param>
    public Writers(Fleet fleet, IEnumerable<string> entities, TimeSpan pause)
    {
        (_fleet, _pause) = (fleet, pause);
        _running = [.. entities.Select((entity, i) => RunAsync(entity, i))];
    }

    /// <summary>In the order in which the answers came.</summary>
    public IReadOnlyCollection<Acknowledged> All => _acknowledged;

    public long Refusals => Interlocked.Read(ref _refusals);

    public string LastRefusal => _lastRefusal;

    /// <summary>Waits until each writer got an acknowledgement of a command that it said after now.</summary>
    public async Task EachGetsOnAsync(TimeSpan patience)
    {
        long now = Stopwatch.GetTimestamp();
        string[] entities = [.. _acknowledged.Select(static one => one.Entity).Distinct()];
        await Fleet.EventuallyAsync(
            () =>
            {
                HashSet<string> got = [.. _acknowledged.Where(one => one.Asked > now).Select(static one => one.Entity)];
                return Task.FromResult(got.Count >= Math.Max(_running.Length, entities.Length));
            },
            patience, () => Task.FromResult($"every writer gets on; refused last: {_lastRefusal}\n{_fleet.Said()}"));
    }

    /// <summary>Ends them; commands under way are given up.</summary>
    public async Task StopAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_running);
    }

    /// <summary>What is wrong with what the counters hold, in view of what was acknowledged: something lost, moved or stored twice.</summary>
    public async Task<IReadOnlyList<string>> FaultsAsync(TimeSpan patience)
    {
        List<string> faults = [];
        foreach (IGrouping<string, Acknowledged> entity in _acknowledged.GroupBy(static one => one.Entity))
        {
            string[] words = (await _fleet.AskAnyAsync($"read {entity.Key}", "value ", patience)).Split(' ');
            string[] stored = words[4].Split(',', StringSplitOptions.RemoveEmptyEntries);
            if (words[1] != words[2] || stored.Length.ToString(CultureInfo.InvariantCulture) != words[1])
                faults.Add($"{entity.Key}: total {words[1]}, sequence number {words[2]}, {stored.Length} commands");
            if (stored.Distinct().Count() != stored.Length) faults.Add($"{entity.Key}: a command is stored twice");
            faults.AddRange(entity.Where(one => one.SequenceNr > stored.Length || stored[one.SequenceNr - 1] != one.Command)
                .Select(static one => $"{one.Entity}: {one.Command}, acknowledged as {one.SequenceNr} under epoch {one.Epoch}, is not there"));
        }

        return faults;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _end.Dispose();
    }

    private async Task RunAsync(string entity, int first)
    {
        int node = first;
        for (int number = 0; !_end.IsCancellationRequested; number++)
        {
            string command = string.Create(CultureInfo.InvariantCulture, $"{entity}-{number}");
            long asked = Stopwatch.GetTimestamp();
            while (!_end.IsCancellationRequested)
            {
                NodeProcess[] running = [.. _fleet.Running];
                string answer = running.Length == 0 ? "refused nobody runs" : await running[node % running.Length].AskAsync($"add {entity} {command}", s_patience);
                if (answer.Split(' ') is ["ack", var sequenceNr, var epoch])
                {
                    _acknowledged.Enqueue(new Acknowledged(
                        entity, command, int.Parse(sequenceNr, CultureInfo.InvariantCulture), long.Parse(epoch, CultureInfo.InvariantCulture),
                        asked, Stopwatch.GetTimestamp()));
                    break;
                }

                _lastRefusal = answer;
                Interlocked.Increment(ref _refusals);
                node++;
                await Rest(s_rest);
            }

            await Rest(_pause);
        }
    }

    private async Task Rest(TimeSpan time)
    {
        if (time > TimeSpan.Zero) await Task.Delay(time, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

/// <param name="Entity">Which counter.</param>
/// <param name="Command">Its id.</param>
/// <param name="SequenceNr">As acknowledged.</param>
/// <param name="Epoch">Of the owner that acknowledged it.</param>
/// <param name="Asked">When it was first said; a Stopwatch's time.</param>
/// <param name="At">When it was acknowledged.</param>
internal readonly record struct Acknowledged(string Entity, string Command, int SequenceNr, long Epoch, long Asked, long At);
