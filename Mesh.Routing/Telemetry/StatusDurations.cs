using Mesh.Wire.Metrics;

namespace Mesh.Routing.Telemetry;

/// <summary>How long requests took, by the class of their responses' status: errors are often faster, or slower, than what they hide among.</summary>
/// <remarks>Hot path: one record a request, in its class. A class has its series from its first request on; all of them are the whole.</remarks>
internal sealed class StatusDurations(MetricScope scope, string name, string help, LabelSet common)
{
    /// <summary>There was no response.</summary>
    public const int Unanswered = 5;

    /// <summary>There are no statuses: a connection whose bytes nobody reads.</summary>
    public const int None = 6;

    private static readonly string[] s_labels = ["1xx", "2xx", "3xx", "4xx", "5xx", "unanswered", "none"];

    private readonly Histogram?[] _series = new Histogram?[s_labels.Length];

    /// <param name="stripe">The calling loop's stripe, or 0.</param>
    /// <param name="index">0 to 4: the class of the status, less one; or one of the two above.</param>
    /// <param name="nanoseconds">What it took.</param>
    public void Record(int stripe, int index, long nanoseconds) =>
        (Volatile.Read(ref _series[index]) ?? Register(index))?.Record(stripe, nanoseconds);

    /// <summary>Of all requests up to now.</summary>
    public HistogramSnapshot Snapshot()
    {
        HistogramSnapshot all = HistogramSnapshot.Empty;
        for (int i = 0; i < _series.Length; i++)
        {
            if (Volatile.Read(ref _series[i]) is { } series) all = all.Merge(series.Snapshot());
        }

        return all;
    }

    /// <summary>Two threads get the same series, since the registry knows it by name and labels; null after the scope's end.</summary>
    private Histogram? Register(int index)
    {
        try
        {
            LabelSet labels = common.With((RoutingMetricLabels.Status, s_labels[index]));
            Histogram made = scope.Histogram(name, help, HistogramUnit.Seconds, labels);
            Volatile.Write(ref _series[index], made);
            return made;
        }
        catch (ObjectDisposedException)
        {
            // The series went while a request was under way.
            return null;
        }
    }
}
