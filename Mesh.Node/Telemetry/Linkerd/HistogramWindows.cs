using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>
/// What distributions have taken in lately. Think of two photographs of each, one up to a minute old and one a minute older: what came since the
/// older is the present, and each minute a new photograph pushes the older out.
/// </summary>
/// <remarks>
/// Photographs are taken only while somebody reads; the first reader sees all since the series began, then at most two minutes. A histogram at
/// rest keeps one photograph for both. Any thread.
/// </remarks>
internal sealed class HistogramWindows : IDisposable
{
    /// <summary>Histograms whose present is kept, 8 KB each; those beyond tell all since they began.</summary>
    public const int MaxHistograms = 4096;

    /// <summary>Ticks without a reader after which no more photographs are taken.</summary>
    private const int PatienceTicks = 10;

    /// <summary>Linkerd's histogramSnapshotInterval.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly MetricRegistry _registry;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private volatile Dictionary<Histogram, Window> _windows = [];
    private bool _runs;
    private int _ticksUnread;

    public HistogramWindows(MetricRegistry registry, TimeProvider time)
    {
        _registry = registry;
        _timer = time.CreateTimer(static self => ((HistogramWindows)self!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Somebody is about to read: from now on photographs are taken.</summary>
    public void Touch()
    {
        lock (_gate)
        {
            _ticksUnread = 0;
            if (_runs) return;
            _runs = true;
            _windows = Photograph([]);
            _timer.Change(Interval, Interval);
        }
    }

    /// <summary>A metric's distribution now; null when nothing was ever recorded.</summary>
    public LinkerdSummary? Summarize(LinkerdMetric metric)
    {
        HistogramSnapshot all = HistogramSnapshot.Empty, recent = all;
        foreach (Histogram histogram in metric.Histograms)
        {
            HistogramSnapshot now = histogram.Snapshot();
            all = all.Merge(now);
            recent = recent.Merge(_windows.TryGetValue(histogram, out Window window) ? now.Subtract(window.Older) : now);
        }

        return all.Count == 0 ? null : new LinkerdSummary(all.Count, all.Sum * metric.HistogramFactor, recent, metric.HistogramFactor);
    }

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        lock (_gate)
        {
            if (++_ticksUnread <= PatienceTicks)
            {
                _windows = Photograph(_windows);
                return;
            }

            _runs = false;
            _windows = [];
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private Dictionary<Histogram, Window> Photograph(Dictionary<Histogram, Window> before)
    {
        Dictionary<Histogram, Window> after = new(before.Count);
        foreach (MetricFamily family in _registry.Families().OrderBy(static family => IsOfStreams(family.Name)))
        {
            if (family.Kind != MetricKind.Histogram || !LinkerdTree.Shows(family.Name)) continue;
            foreach (MetricSeries series in family.Series)
            {
                if (after.Count == MaxHistograms) return after;
                var histogram = (Histogram)series.Instrument;
                HistogramSnapshot older = before.TryGetValue(histogram, out Window window) ? window.Newer : HistogramSnapshot.Empty;
                HistogramSnapshot now = histogram.Snapshot();
                if (now.Count > 0) after.Add(histogram, new Window(older, now.Count == older.Count ? older : now));
            }
        }

        return after;
    }

    /// <summary>Five of each name, of which dashboards ask less than of the latency: where there is no room for all, these go without.</summary>
    private static bool IsOfStreams(string family) => family.Contains("_stream_", StringComparison.Ordinal);

    /// <summary>Two photographs.</summary>
    /// <param name="Older">One to two minutes old, or none.</param>
    /// <param name="Newer">At most a minute old.</param>
    private readonly record struct Window(HistogramSnapshot Older, HistogramSnapshot Newer);
}
