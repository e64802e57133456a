using System.Globalization;

namespace Mesh.Bench.Resilience;

/// <summary>A piece of a schedule: requests at even distances.</summary>
/// <param name="Rate">Requests per second, above 0.</param>
/// <param name="Seconds">How long.</param>
internal readonly record struct Phase(double Rate, double Seconds)
{
    /// <summary>Reads what <see cref="Show"/> writes.</summary>
    public static Phase[] Parse(string text) =>
    [
        .. text.Split(',').Select(part => part.Split(':'))
            .Select(part => new Phase(double.Parse(part[0], CultureInfo.InvariantCulture), double.Parse(part[1], CultureInfo.InvariantCulture))),
    ];

    public static string Show(IEnumerable<Phase> phases) =>
        string.Join(',', phases.Select(phase => string.Create(CultureInfo.InvariantCulture, $"{phase.Rate}:{phase.Seconds}")));

    /// <summary>When each request is due, nanoseconds from the begin.</summary>
    public static long[] Schedule(IEnumerable<Phase> phases)
    {
        List<long> due = [];
        double begin = 0;
        foreach (Phase phase in phases)
        {
            long count = (long)Math.Round(phase.Rate * phase.Seconds);
            for (long index = 0; index < count; index++)
            {
                due.Add((long)((begin + (index / phase.Rate)) * 1e9));
            }

            begin += phase.Seconds;
        }

        return [.. due];
    }
}
