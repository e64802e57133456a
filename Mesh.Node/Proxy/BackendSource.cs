using Mesh.Discovery.Names;
using Mesh.Node.Health;
using Mesh.Routing.Bindings;
using Mesh.Routing.Destinations;
using Mesh.Routing.Telemetry;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Proxy;

/// <summary>
/// Gives bindings their backends: a destination of the router's table with its series. A backend lives as long as its destination, which the
/// table keeps for a while after the last binding let go of it, so that a name that is gone for a minute comes back with its counts.
/// </summary>
/// <remarks>Any thread. Holds are counted in the table; what it has dropped is noticed with the next release and by a timer.</remarks>
internal sealed class BackendSource : IDestinationSource<Backend>, IDisposable
{
    /// <summary>How long series may outlive their destination.</summary>
    private static readonly TimeSpan s_sweep = TimeSpan.FromSeconds(5);

    private readonly DestinationTable _destinations;
    private readonly RouterMetrics _metrics;
    private readonly Func<Path, BackendSettings> _settings;
    private readonly HealthChecker _health;
    private readonly Lock _gate = new();
    private readonly Dictionary<Destination, Backend> _backends = [];
    private readonly ITimer _timer;

    public BackendSource(
        DestinationTable destinations, RouterMetrics metrics, Func<Path, BackendSettings> settings, HealthChecker health, TimeProvider time)
    {
        _health = health;
        _destinations = destinations;
        _metrics = metrics;
        _settings = settings;
        _timer = time.CreateTimer(static self => ((BackendSource)self!).RemoveClosed(), this, s_sweep, s_sweep);
    }

    public Backend Acquire(BoundName name)
    {
        Destination destination = _destinations.Acquire(name);
        lock (_gate)
        {
            if (_backends.TryGetValue(destination, out Backend? known)) return known;
            Backend backend = new(destination, _metrics.ForDestination(destination.Id.ToString()), _settings(destination.Id));
            _backends.Add(destination, backend);
            _health.Begin(destination, backend.Metrics);
            return backend;
        }
    }

    public void Release(Backend destination)
    {
        _destinations.Release(destination.Destination);
        if (destination.Destination.IsClosed) RemoveClosed();
    }

    /// <summary>All that live, in any order.</summary>
    public IReadOnlyList<Backend> All()
    {
        lock (_gate) return [.. _backends.Values.Where(static backend => !backend.Destination.IsClosed)];
    }

    /// <summary>What requests read of the config has changed: all backends get it anew.</summary>
    public void Reconfigure()
    {
        lock (_gate)
        {
            foreach (Backend backend in _backends.Values) backend.Settings = _settings(backend.Destination.Id);
            _health.Reconfigure();
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            foreach (Backend backend in _backends.Values) backend.Metrics.Dispose();
            _backends.Clear();
        }
    }

    private void RemoveClosed()
    {
        lock (_gate)
        {
            foreach ((Destination destination, Backend backend) in _backends)
            {
                if (!destination.IsClosed) continue;
                _backends.Remove(destination);
                _health.End(destination);
                backend.Metrics.Dispose();
            }
        }
    }
}
