using Mesh.Node.Config;
using Mesh.Node.Telemetry;
using Mesh.Routing.Destinations;
using Mesh.Routing.Telemetry;
using Mesh.Wire;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Health;

/// <summary>Active checks of a router's destinations, where its config asks for them.</summary>
/// <remarks>Any thread. A destination is checked from its first binding until the table lets it go, whether requests come or not.</remarks>
/// <param name="probe">The node's.</param>
/// <param name="configOf">What the config says of a client name now; null: no checks.</param>
/// <param name="time">The clock of waits.</param>
/// <param name="seed">Of all that is random here.</param>
internal sealed class HealthChecker(HealthProbe probe, Func<Path, HealthCheckConfig?> configOf, TimeProvider time, ulong seed) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Destination, Checked> _all = [];
    private SplitMix64 _seeds = new(seed);
    private bool _isOver;

    /// <summary>How endpoints of a client name are asked now.</summary>
    public Func<Path, HealthTerms> TermsOf { get; init; } = static _ => HealthTerms.Plain;

    /// <summary>A destination came.</summary>
    /// <param name="destination">Whose endpoints are told how they are.</param>
    /// <param name="metrics">Its series; they live until <see cref="End"/> at least.</param>
    public void Begin(Destination destination, DestinationMetrics metrics)
    {
        lock (_gate)
        {
            if (_isOver || _all.ContainsKey(destination)) return;
            Checked one = new(metrics);
            _all.Add(destination, one);
            Apply(destination, one);
        }
    }

    /// <summary>A destination is gone.</summary>
    public void End(Destination destination)
    {
        lock (_gate)
        {
            if (_all.Remove(destination, out Checked? one)) one.Checks?.Dispose();
        }
    }

    /// <summary>The config has changed: checks begin, end, or go on by its new words. Where they end, nobody is sick any more.</summary>
    public void Reconfigure()
    {
        lock (_gate)
        {
            foreach ((Destination destination, Checked one) in _all) Apply(destination, one);
        }
    }

    /// <summary>Ends all checks.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            foreach (Checked one in _all.Values) one.Checks?.Dispose();
            _all.Clear();
        }
    }

    private void Apply(Destination destination, Checked one)
    {
        if (configOf(destination.Id) is not { } config)
        {
            one.Checks?.SwitchOff();
            one.Checks = null;
            return;
        }

        if (one.Checks is { } checks)
        {
            checks.Config = config;
            checks.Terms = TermsOf(destination.Id);
            return;
        }

        one.Series ??= new HealthSeries(one.Metrics);
        one.Checks = new DestinationChecks(destination, config, TermsOf(destination.Id), probe, one.Series, time, _seeds.Next());
    }

    private sealed class Checked(DestinationMetrics metrics)
    {
        public DestinationMetrics Metrics => metrics;

        /// <summary>Made with the first checks, kept when they end: counters do not fall.</summary>
        public HealthSeries? Series { get; set; }

        public DestinationChecks? Checks { get; set; }
    }
}
