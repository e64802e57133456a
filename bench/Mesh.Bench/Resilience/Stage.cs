using System.Globalization;

namespace Mesh.Bench.Resilience;

/// <summary>What a scenario wants to reach, and what it found.</summary>
internal sealed record Goal(string Scenario, string Wanted, string Found, bool IsMet);

/// <summary>What scenarios share: the report, the rounds, the goals.</summary>
internal sealed class Stage(Report report, int rounds, bool isQuick)
{
    /// <summary>Beyond it the client did not keep its schedule; milliseconds, p99 of a run.</summary>
    private const double LateLimitMs = 2;

    private readonly List<Goal> _goals = [];
    private string _scenario = "";
    private double _lateMs;

    public Report Report => report;

    public int Rounds => rounds;

    public bool IsQuick => isQuick;

    public IReadOnlyList<Goal> Goals => _goals;

    /// <summary>A new section.</summary>
    public void Begin(string scenario, string title)
    {
        (_scenario, _lateMs) = (scenario, 0);
        report.Line();
        report.Line($"## {scenario}: {title}");
        report.Line();
    }

    /// <summary>Measures every variant once a round, one after the other. A variant that this build refuses has no results.</summary>
    public async Task<IReadOnlyDictionary<Variant, List<T>>> MeasureAsync<T>(IReadOnlyList<Variant> variants, Func<Variant, Task<T>> measure)
    {
        Dictionary<Variant, List<T>> results = variants.ToDictionary(variant => variant, _ => new List<T>());
        HashSet<Variant> refused = [];
        for (int round = 1; round <= rounds; round++)
        {
            foreach (Variant variant in variants.Where(variant => !refused.Contains(variant)))
            {
                try
                {
                    results[variant].Add(await measure(variant));
                    Console.WriteLine($"{_scenario}, round {round}: {variant.Name}");
                }
                catch (BenchException why)
                {
                    refused.Add(variant);
                    Console.WriteLine($"{_scenario}: {variant.Name} cannot be measured: {why.Message}");
                }
            }
        }

        return results;
    }

    /// <summary>Takes note of how well the client kept its schedule.</summary>
    public Calls Noted(Calls calls)
    {
        _lateMs = Math.Max(_lateMs, calls.LateP99Ms);
        return calls;
    }

    public void Goal(string wanted, string found, bool isMet) => _goals.Add(new Goal(_scenario, wanted, found, isMet));

    /// <summary>Ends the section: how well the client did, and the configurations; of those alike, what differs.</summary>
    public void End(IEnumerable<(string Name, string Config)> configs)
    {
        string late = _lateMs.ToString("0.00", CultureInfo.InvariantCulture);
        report.Line();
        report.Line(_lateMs <= LateLimitMs
            ? $"The client kept its schedule: p99 of lateness with sending is {late} ms in the worst run."
            : $"**The client did not keep its schedule**: p99 of lateness with sending is {late} ms in the worst run. Latencies hold it.");
        List<string[]> shown = [];
        foreach ((string name, string config) in configs)
        {
            string[] lines = config.TrimEnd().Split('\n');
            string[]? like = shown.Find(other => other[0] == lines[0]);
            report.Line();
            report.Line(like is null ? $"{name}:" : $"{name}, what differs:");
            report.Line();
            report.Line("```");
            report.Line(string.Join('\n', like is null ? lines : lines.Except(like)));
            report.Line("```");
            shown.Add(lines);
        }
    }
}
