using Mesh.Node.Proxy;
using Mesh.Routing.Telemetry;

namespace Mesh.Node.Telemetry;

/// <summary>A service name's series with each destination that its bindings lead to.</summary>
/// <remarks>
/// Hot path: <see cref="Of"/> looks through an array that has one element for most names, as many as leaves for a union; made when a leaf is
/// first drawn, gone when its destination or the service goes.
/// </remarks>
internal sealed class ServicePairs(RouterMetrics metrics, string service) : IDisposable
{
    /// <summary>Destinations of one service name that are told apart; a union that has more leaves those beyond without series.</summary>
    public const int MaxDestinations = 64;

    private readonly Lock _gate = new();
    private volatile Pair[] _pairs = [];
    private bool _disposed;

    /// <summary>The series of this service and that destination; null beyond <see cref="MaxDestinations"/>, and after the service's end.</summary>
    public PairMetrics? Of(Backend backend)
    {
        Pair[] pairs = _pairs;
        foreach (ref readonly Pair pair in pairs.AsSpan())
        {
            if (ReferenceEquals(pair.Backend, backend)) return pair.Metrics;
        }

        bool isFull = pairs.Length == MaxDestinations && !Array.Exists(pairs, static pair => pair.Backend.Destination.IsClosed);
        return isFull ? null : AddCold(backend);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (Pair pair in _pairs) pair.Metrics.Dispose();
            _pairs = [];
        }
    }

    private PairMetrics? AddCold(Backend backend)
    {
        lock (_gate)
        {
            foreach (Pair pair in _pairs)
            {
                if (ReferenceEquals(pair.Backend, backend)) return pair.Metrics;
            }

            if (_disposed) return null;
            ILookup<bool, Pair> byEnd = _pairs.ToLookup(static pair => pair.Backend.Destination.IsClosed);
            Pair[] living = [.. byEnd[false]];
            PairMetrics? made = living.Length < MaxDestinations ? metrics.ForPair(backend.Id, service) : null;
            _pairs = made is null ? living : [.. living, new Pair(backend, made)];
            foreach (Pair ended in byEnd[true]) ended.Metrics.Dispose();
            return made;
        }
    }

    private readonly record struct Pair(Backend Backend, PairMetrics Metrics);
}
