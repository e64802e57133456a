namespace Mesh.Bench.Resilience;

/// <summary>Offered load that grows to three times the capacity and falls back to half of it, and what a run of it says.</summary>
internal sealed class Ramp
{
    /// <summary>Below it a request's end is that of its time, not a refusal; milliseconds before the deadline.</summary>
    private const double Margin = 10;

    private const double SliceSeconds = 0.1;
    private const double Well = 0.95;

    private readonly int _deadlineMs;

    private Ramp(int capacity, int deadlineMs, double warm, (double Factor, double Seconds)[] levels, double rest)
    {
        _deadlineMs = deadlineMs;
        double begin = warm;
        List<Level> all = [];
        foreach ((double factor, double seconds) in levels)
        {
            all.Add(new Level(factor, begin, begin + seconds));
            begin += seconds;
        }

        Levels = all;
        Phases =
        [
            new Phase(capacity * 0.5, warm),
            .. levels.Select(level => new Phase(capacity * level.Factor, level.Seconds)),
            new Phase(capacity * 0.5, rest),
        ];
    }

    public IReadOnlyList<Level> Levels { get; }

    public Phase[] Phases { get; }

    public static Ramp For(int capacity, int deadlineMs, bool isQuick) => isQuick
        ? new Ramp(capacity, deadlineMs, 1, [(0.5, 1), (1, 2), (2, 1), (3, 3)], 3)
        : new Ramp(capacity, deadlineMs, 1, [(0.5, 1), (0.75, 1), (1, 2), (1.5, 1), (2, 1), (3, 4)], 3);

    public Sample Read(Calls calls)
    {
        double[] goodput = [.. Levels.Select(level => calls.All.Count(call => IsGood(call) && IsEnd(call, level)) / (level.To - level.From))];
        Level highest = Levels[^1];
        Calls at = calls.Between(highest.From, highest.To);
        Calls refused = at.Where(call => !call.IsSuccess && call.LatencyMs < _deadlineMs - Margin);
        Calls admitted = at.Where(call => call.IsSuccess || call.LatencyMs >= _deadlineMs - Margin);
        return new Sample(
            calls,
            goodput,
            admitted.Count / (highest.To - highest.From),
            admitted.Ms(0.99),
            refused.Ms(0.99),
            Recovery(calls.Between(highest.To, double.MaxValue)));
    }

    private bool IsGood(Call call) => call.IsSuccess && call.LatencyMs <= _deadlineMs;

    /// <summary>Its answer came within the level: what was taken in at its end is the next one's.</summary>
    private static bool IsEnd(Call call, Level level) => (call.DueSeconds + (call.LatencyMs / 1e3)) is var end && end >= level.From && end < level.To;

    /// <summary>Seconds from the fall of the load to the end of its last bad slice.</summary>
    private double Recovery(Calls rest)
    {
        double fall = Levels[^1].To;
        IEnumerable<double> bad = rest.All.GroupBy(call => (int)((call.DueSeconds - fall) / SliceSeconds))
            .Where(slice => slice.Count(IsGood) < Well * slice.Count())
            .Select(slice => (slice.Key + 1) * SliceSeconds);
        return bad.DefaultIfEmpty(0).Max();
    }

    /// <summary>A part of the ramp, seconds from the begin.</summary>
    public sealed record Level(double Factor, double From, double To);

    /// <summary>What a run says; rates are per second, the admitted and the refused are those of the highest level.</summary>
    public sealed record Sample(
        Calls All, double[] Goodput, double AdmittedPerSecond, double AdmittedP99Ms, double RefusedP99Ms, double RecoverySeconds)
    {
        public double Peak => Goodput.Max();

        public double AtHighest => Goodput[^1];

        public double Share => AtHighest / Peak;
    }
}
