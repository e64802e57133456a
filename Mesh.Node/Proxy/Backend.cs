using System.Text;
using Mesh.Node.Config;
using Mesh.Node.Proxy.RequestKeys;
using Mesh.Node.Telemetry;
using Mesh.Routing.Destinations;
using Mesh.Routing.Limits;
using Mesh.Routing.Retries;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy;

/// <summary>A destination as the request path uses it: endpoints to pick from, series to count in, header lines ready to send.</summary>
internal sealed class Backend
{
    private volatile BackendSettings _settings;
    private volatile ConcurrencyLimit? _concurrency;
    private bool _showsLimit;
    private FlowSeries? _flows;

    public Backend(Destination destination, DestinationMetrics metrics, BackendSettings settings)
    {
        _settings = settings;
        Destination = destination;
        Metrics = metrics;
        RequeueBudget = new RetryBudget(settings.RequeueBudget, EventLoop.NowNs);
        Limit(settings.Concurrency);
        Series = new DestinationSeries(metrics, destination);
        Events = new DestinationEvents(metrics);
        AppLatency = new AppLatency(metrics);
        Id = destination.Id.ToString();
        RequestLines = Encoding.Latin1.GetBytes($"l5d-dst-client: {destination.Id}\r\n");
    }

    /// <summary>What of the config requests read; a reload replaces it.</summary>
    public BackendSettings Settings
    {
        get => _settings;
        set
        {
            _settings = value;
            RequeueBudget.Config = value.RequeueBudget;
            Limit(value.Concurrency);
        }
    }

    public Destination Destination { get; }

    public DestinationMetrics Metrics { get; }

    public DestinationSeries Series { get; }

    public DestinationEvents Events { get; }

    /// <summary>What other nodes tell of its apps.</summary>
    public AppLatency AppLatency { get; }

    /// <summary>Of connections whose bytes nobody reads; made with the first. Null when the series have gone meanwhile.</summary>
    public FlowSeries? Flows => Volatile.Read(ref _flows) ?? (_flows = FlowSeries.Of(Metrics));

    /// <summary>Pays for attempts that are made again after ones that provably did nothing.</summary>
    public RetryBudget RequeueBudget { get; }

    /// <summary>How many requests may be out to it; null: as many as come.</summary>
    public ConcurrencyLimit? Concurrency => _concurrency;

    /// <summary>The client name, <c>/#/io.l5d.fs/users</c>.</summary>
    public string Id { get; }

    /// <summary><c>l5d-dst-client</c> with the client name.</summary>
    public byte[] RequestLines { get; }

    /// <summary>A limit that stays keeps what it has learnt; requests that are out under one that goes come back to it.</summary>
    private void Limit(ConcurrencyConfig? config)
    {
        if (config is null) _concurrency = null;
        else if (_concurrency is not { } limit)
        {
            _concurrency = new ConcurrencyLimit(config, EventLoop.NowNs);
            if (!_showsLimit) LimitSeries.Observe(Metrics.Scope, Metrics.Labels, () => _concurrency);
            _showsLimit = true;
        }
        else if (limit.Config != config) limit.Config = config;
    }
}

/// <summary>Settings of a destination that requests read.</summary>
/// <param name="AttemptTimeoutNs">
/// From sending a request to the head of its response; <see cref="LoopTimer.Never"/> where none is written.
/// </param>
/// <param name="RequeueBudget">Of <see cref="Backend.RequeueBudget"/>.</param>
/// <param name="Concurrency">Of <see cref="Backend.Concurrency"/>; null: no limit.</param>
/// <param name="Affinity">What ties requests to one endpoint; null: nothing.</param>
internal sealed record BackendSettings(
    long AttemptTimeoutNs, RetryBudgetConfig RequeueBudget, ConcurrencyConfig? Concurrency, RequestKey? Affinity)
{
    /// <summary>Its endpoints are told at the beginning of a raw connection who the client is.</summary>
    public ProxyHeaderVersion ProxyHeader { get; init; }

    /// <summary>Its endpoints are told whose certificate the client showed.</summary>
    public bool ForwardsClientCertificate { get; init; }
}
