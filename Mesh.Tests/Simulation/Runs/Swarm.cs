using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Mesh.Tests.Simulation.Runs;

/// <summary>Many seeds on all cores, each world in one thread.</summary>
internal static class Swarm
{
    /// <param name="seeds">Which.</param>
    /// <param name="subject">Makes a subject for a run.</param>
    /// <param name="threads">Worlds at a time.</param>
    public static Totals Live(IEnumerable<ulong> seeds, Func<Subject> subject, int threads)
    {
        var todo = new ConcurrentQueue<ulong>(seeds);
        var totals = new Totals();
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(Work) { IsBackground = true })];
        foreach (Thread worker in workers) worker.Start();
        foreach (Thread worker in workers) worker.Join();
        return totals;

        void Work()
        {
            while (todo.TryDequeue(out ulong seed)) totals.Add(Run.Live(seed, subject()));
        }
    }
}

/// <summary>Sums over runs. Any thread.</summary>
internal sealed class Totals
{
    private readonly Lock _lock = new();
    private readonly List<Outcome> _failures = [];

    public int Runs { get; private set; }

    public long Events { get; private set; }

    public TimeSpan Virtual { get; private set; }

    public TimeSpan Wall { get; private set; }

    public SortedDictionary<string, long> Reached { get; } = new(StringComparer.Ordinal);

    /// <summary>In order of seed.</summary>
    public IReadOnlyList<Outcome> Failures => [.. _failures.OrderBy(outcome => outcome.Scenario.Seed)];

    public void Add(Outcome outcome)
    {
        lock (_lock)
        {
            Runs++;
            Events += outcome.Events;
            Virtual += outcome.Virtual;
            Wall += outcome.Wall;
            foreach ((string point, long times) in outcome.Reached) Reached[point] = Reached.GetValueOrDefault(point) + times;
            if (outcome.Failure is not null) _failures.Add(outcome);
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture, $"{Runs} runs, {_failures.Count} failed; {Virtual.TotalHours:0.0} virtual hours, {Events:N0} events, ")
            .AppendLine(CultureInfo.InvariantCulture, $"  {Wall.TotalSeconds:0} core seconds");
        foreach ((string point, long times) in Reached) text.AppendLine(CultureInfo.InvariantCulture, $"  {times,10} x {point}");
        foreach (Outcome failure in Failures.Take(40))
            text.AppendLine(CultureInfo.InvariantCulture, $"  0x{failure.Scenario.Seed:X}: {failure.Failure!.Split('\n')[0]}");
        return text.ToString();
    }
}
