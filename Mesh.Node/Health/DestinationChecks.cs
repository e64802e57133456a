using System.Collections.Immutable;
using Mesh.Node.Config;
using Mesh.Node.Telemetry;
using Mesh.Routing.Destinations;
using Mesh.Wire;

namespace Mesh.Node.Health;

/// <summary>The checks of a destination's endpoints, in step with its snapshots: who joins is checked, who leaves is not any more.</summary>
/// <remarks>Any thread; snapshots are taken up on the thread that publishes them, usually the destination's actor.</remarks>
internal sealed class DestinationChecks : IDisposable
{
    /// <summary>Endpoints that may join at once and still be looked at soon; more are spread over the interval.</summary>
    public const int MaxSoon = 100;

    /// <summary>Addresses that left whose state is remembered.</summary>
    public const int MaxRemembered = 1000;

    /// <summary>How long: as long as an endpoint's breaker is.</summary>
    private static readonly TimeSpan s_memory = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly Destination _destination;
    private readonly Dictionary<EndpointKey, EndpointCheck> _checks = [];
    private readonly Dictionary<EndpointKey, (HealthPast Past, long LeftAt)> _leavers = [];
    private readonly IDisposable _subscription;
    private volatile HealthCheckConfig _config;
    private volatile HealthTerms _terms;
    private ImmutableArray<Endpoint> _seen = [];
    private SplitMix64 _seeds;
    private bool _isOver;

    public DestinationChecks(
        Destination destination, HealthCheckConfig config, HealthTerms terms, HealthProbe probe, HealthSeries series, TimeProvider time, ulong seed)
    {
        _destination = destination;
        _config = config;
        _terms = terms;
        _seeds = new SplitMix64(seed);
        Probe = probe;
        Series = series;
        Time = time;
        _subscription = destination.OnChange(TakeUp);
        TakeUp();
    }

    /// <summary>What is asked, and when; a reload replaces it, and what is known of the endpoints stays.</summary>
    public HealthCheckConfig Config
    {
        get => _config;
        set
        {
            if (value.Equals(_config)) return;
            _config = value;
            lock (_gate)
            {
                foreach (EndpointCheck check in _checks.Values) check.Reschedule();
            }
        }
    }

    /// <summary>How endpoints are asked; a reload replaces it, and the next checks go by it.</summary>
    public HealthTerms Terms
    {
        get => _terms;
        set => _terms = value;
    }

    public TimeSpan Interval => TimeSpan.FromMilliseconds(_config.IntervalMs);

    public HealthProbe Probe { get; }

    public HealthSeries Series { get; }

    public TimeProvider Time { get; }

    /// <summary>Ends all checks; what they said last stays said.</summary>
    public void Dispose() => End(static check => check.Dispose());

    /// <summary>Ends all checks; nobody is sick any more.</summary>
    public void SwitchOff() => End(static check => check.SwitchOff());

    private void End(Action<EndpointCheck> each)
    {
        _subscription.Dispose();
        lock (_gate)
        {
            _isOver = true;
            foreach (EndpointCheck check in _checks.Values) each(check);
            _checks.Clear();
        }
    }

    /// <summary>Two publishers at once take turns, and the later one to enter reads what is newest.</summary>
    private void TakeUp()
    {
        lock (_gate)
        {
            ImmutableArray<Endpoint> endpoints = _destination.Current.Endpoints;
            if (_isOver || endpoints == _seen) return;
            _seen = endpoints;

            // One behind another node's inbound side is that node's to check: a check names no instance, and would ask nobody.
            StopLeavers([.. endpoints.Select(static endpoint => endpoint.Key)]);
            List<Endpoint> joiners = [];
            foreach (Endpoint endpoint in endpoints)
            {
                if (_checks.TryGetValue(endpoint.Key, out EndpointCheck? check)) check.Adopt(endpoint);
                else if (endpoint.Key.Instance is null) joiners.Add(endpoint);
            }

            foreach (Endpoint joiner in joiners) Start(joiner, joiners.Count <= MaxSoon);
        }
    }

    private void Start(Endpoint joiner, bool areFew)
    {
        HealthPast past = _leavers.Remove(joiner.Key, out (HealthPast Past, long LeftAt) left) && IsFresh(left.LeftAt) ? left.Past : default;
        _checks.Add(joiner.Key, new EndpointCheck(this, joiner, past, new SplitMix64(_seeds.Next()), areFew));
    }

    private void StopLeavers(HashSet<EndpointKey> present)
    {
        foreach ((EndpointKey address, EndpointCheck check) in _checks)
        {
            if (present.Contains(address)) continue;
            _checks.Remove(address);
            Remember(address, check.Stop());
        }
    }

    /// <summary>A namer that shows ever other addresses must not bring a sick one back as a good one.</summary>
    private void Remember(EndpointKey address, HealthPast past)
    {
        if (past.State == default) return;
        if (_leavers.Count >= MaxRemembered) ForgetOld();
        if (_leavers.Count < MaxRemembered) _leavers[address] = (past, Time.GetTimestamp());
    }

    private void ForgetOld()
    {
        foreach ((EndpointKey address, (HealthPast Past, long LeftAt) left) in _leavers)
        {
            if (!IsFresh(left.LeftAt)) _leavers.Remove(address);
        }
    }

    private bool IsFresh(long leftAt) => Time.GetElapsedTime(leftAt) < s_memory;
}
