using System.Collections.Immutable;
using Mesh.Node.Proxy;
using Mesh.Wire.Metrics;

namespace Mesh.Node.AdminConsole.Destinations;

/// <summary>
/// What came of each destination's attempts in the last minute. Think of photographs of its counters, two a minute: what came since one that is a
/// minute old is the present.
/// </summary>
/// <remarks>
/// Photographs are taken only while somebody looks, and for a while after; who looks first sees all since the destination was bound. Any thread.
/// </remarks>
internal sealed class RequestWindows : IDisposable
{
    /// <summary>Destinations whose present is kept, up to some 25 KB each; those beyond tell all since they were bound.</summary>
    public const int MaxDestinations = 1024;

    /// <summary>Ticks without a look after which no more photographs are taken.</summary>
    private const int PatienceTicks = 20;

    /// <summary>Between two photographs.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>How old the photograph at least is that the present is measured from.</summary>
    public static readonly TimeSpan Span = TimeSpan.FromSeconds(60);

    private const int Kept = 3;

    private readonly Func<IEnumerable<Backend>> _backends;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private Dictionary<Backend, ImmutableArray<RequestPhoto>> _photos = [];
    private bool _runs;
    private int _ticksUnseen;

    public RequestWindows(Func<IEnumerable<Backend>> backends, TimeProvider time)
    {
        (_backends, _time) = (backends, time);
        _timer = time.CreateTimer(static self => ((RequestWindows)self!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Somebody is about to look: from now on photographs are taken.</summary>
    public void Touch()
    {
        lock (_gate)
        {
            _ticksUnseen = 0;
            if (_runs) return;
            _runs = true;
            Photograph();
            _timer.Change(Interval, Interval);
        }
    }

    /// <summary>Its attempts of the last minute, or since the oldest photograph; since it was bound where there is none of any age.</summary>
    public RequestRates Of(Backend backend)
    {
        RequestPhoto now = RequestPhoto.Of(backend, _time.GetTimestamp());
        ImmutableArray<RequestPhoto> photos;
        lock (_gate) photos = _photos.GetValueOrDefault(backend, []);
        RequestPhoto? from = photos.LastOrDefault(photo => _time.GetElapsedTime(photo.At, now.At) >= Span);
        if (from is null && photos.Length > 0 && _time.GetElapsedTime(photos[0].At, now.At) >= Interval / 2) from = photos[0];
        return from is null ? now.Since(null, null) : now.Since(from, _time.GetElapsedTime(from.At, now.At));
    }

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        lock (_gate)
        {
            if (++_ticksUnseen <= PatienceTicks)
            {
                Photograph();
                return;
            }

            _runs = false;
            _photos = [];
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void Photograph()
    {
        long at = _time.GetTimestamp();
        Dictionary<Backend, ImmutableArray<RequestPhoto>> next = [];
        foreach (Backend backend in _backends().Take(MaxDestinations))
        {
            ImmutableArray<RequestPhoto> before = _photos.GetValueOrDefault(backend, []);
            next[backend] = [.. before.TakeLast(Kept - 1), RequestPhoto.Of(backend, at)];
        }

        _photos = next;
    }
}

/// <summary>A destination's counters at one moment.</summary>
/// <param name="At">When, by the provider's timestamp.</param>
/// <param name="Successes">Attempts that went well, so far.</param>
/// <param name="Failures">Attempts that did not.</param>
/// <param name="Latency">Of all.</param>
internal sealed record RequestPhoto(long At, long Successes, long Failures, HistogramSnapshot Latency)
{
    public static RequestPhoto Of(Backend backend, long at) =>
        new(at, backend.Metrics.Success.Value, backend.Metrics.Failures.Value, backend.Metrics.Latency);

    /// <summary>What came since; since the beginning where <paramref name="earlier"/> is null.</summary>
    public RequestRates Since(RequestPhoto? earlier, TimeSpan? over)
    {
        HistogramSnapshot latency = earlier is null ? Latency : Latency.Subtract(earlier.Latency);
        return new RequestRates(
            Successes - (earlier?.Successes ?? 0),
            Failures - (earlier?.Failures ?? 0),
            latency.Count == 0 ? null : TimeSpan.FromMicroseconds(latency.Quantile(0.5) / 1000),
            latency.Count == 0 ? null : TimeSpan.FromMicroseconds(latency.Quantile(0.99) / 1000),
            over);
    }
}

/// <summary>What came of a destination's attempts in a while.</summary>
/// <param name="Successes">As the classifiers judged.</param>
/// <param name="Failures">The others.</param>
/// <param name="P50">The median latency; null: there were none.</param>
/// <param name="P99">The same, of the slowest hundredth.</param>
/// <param name="Over">How long the while was; null: since the destination was bound.</param>
internal sealed record RequestRates(long Successes, long Failures, TimeSpan? P50, TimeSpan? P99, TimeSpan? Over)
{
    public long Count => Successes + Failures;

    /// <summary>0 to 1; null: there were none.</summary>
    public double? SuccessShare => Count == 0 ? null : (double)Successes / Count;
}
