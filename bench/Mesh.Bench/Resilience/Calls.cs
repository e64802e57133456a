using System.Globalization;

namespace Mesh.Bench.Resilience;

/// <summary>The requests of one run, or of a part of it.</summary>
/// <param name="all">In the order of their due times.</param>
/// <param name="lateP99Ms">How late the client was with sending, p99 of the whole run.</param>
internal sealed class Calls(IReadOnlyList<Call> all, double lateP99Ms)
{
    public IReadOnlyList<Call> All => all;

    public double LateP99Ms => lateP99Ms;

    public int Count => all.Count;

    public int Successes => all.Count(call => call.IsSuccess);

    /// <summary>Several runs as one.</summary>
    public static Calls Join(IEnumerable<Calls> runs) =>
        new([.. runs.SelectMany(run => run.All)], runs.Select(run => run.LateP99Ms).DefaultIfEmpty().Max());

    /// <summary>Those due in this part of the schedule, seconds from its begin.</summary>
    public Calls Between(double from, double to) => Where(call => call.DueSeconds >= from && call.DueSeconds < to);

    public Calls Where(Func<Call, bool> condition) => new([.. all.Where(condition)], lateP99Ms);

    /// <summary>Quantile of all latencies, however the requests ended, milliseconds.</summary>
    public double Ms(double q) => Statistics.Quantile(all.Select(call => call.LatencyMs), q);

    /// <summary>What failed, by kind: <c>503 x 12, TimedOut x 3</c>.</summary>
    public string Failures()
    {
        IEnumerable<string> kinds = all.Where(call => !call.IsSuccess).GroupBy(call => call.Kind)
            .OrderByDescending(kind => kind.Count()).Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Key} x {kind.Count()}"));
        return string.Join(", ", kinds) is { Length: > 0 } text ? text : "none";
    }
}
