using System.Collections.Concurrent;
using Mesh.Node.Config;
using Mesh.Node.Health;
using Mesh.Node.Proxy;
using Mesh.Node.Proxy.Opaque;
using Mesh.Node.Proxy.RequestKeys;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Hosting;

/// <summary>How each destination of a router is treated: the config's client section, by prefix, in the words of Routing and Wire.</summary>
/// <remarks>Any thread; <see cref="Config"/> is replaced by a reload, which then tells the destinations.</remarks>
internal sealed class ClientPolicies(PolicyConfig<ClientConfig> config, PoolTable pools, Http1Limits limits, TlsParts tls, ulong seed)
{
    /// <summary>Different parameters kept translated; a config has a few.</summary>
    private const int MaxKept = 1000;

    /// <summary>So that equal parameters are the same options, and a reload leaves alone whom it does not concern.</summary>
    private readonly ConcurrentDictionary<Concerns, DestinationOptions> _kept = new();

    private volatile PolicyConfig<ClientConfig> _config = config;

    public PolicyConfig<ClientConfig> Config
    {
        get => _config;
        set => _config = value;
    }

    /// <summary>What is spoken where the config does not say it.</summary>
    public ClientProtocol Usual { get; init; }

    /// <summary>Of the node.</summary>
    public OwnEnds OwnEnds { get; init; } = new();

    public DestinationOptions OptionsOf(Path client)
    {
        if (_kept.Count >= MaxKept) _kept.Clear();
        ClientConfig config = _config.For(client);
        AccrualConfig accrual = config.FailFast ? config.FailureAccrual with { Refusals = 1 } : config.FailureAccrual;
        Concerns concerns = new(config.LoadBalancer, accrual, config.ConnectTimeout, config.Pool, config.Session, config.Protocol ?? Usual,
            config.Tls, config.Http2);
        return _kept.GetOrAdd(concerns, static (parameters, self) => self.Options(parameters), this);
    }

    public BackendSettings BackendOf(Path client)
    {
        ClientConfig config = _config.For(client);
        RequestKey? affinity = config.Affinity is { } key ? new RequestKey(key) : null;
        return new BackendSettings(LoopTimes.Nanoseconds(config.RequestAttemptTimeout), config.RequeueBudget, config.Concurrency, affinity)
        {
            ForwardsClientCertificate = config.ForwardClientCert,
            ProxyHeader = config.ProxyProtocol,
        };
    }

    /// <summary>Null: no active checks.</summary>
    public HealthCheckConfig? HealthCheckOf(Path client) => _config.For(client).HealthCheck;

    /// <summary>As requests are spoken.</summary>
    public HealthTerms HealthTermsOf(Path client)
    {
        ClientConfig config = _config.For(client);
        return new HealthTerms(config.Protocol ?? Usual, config.Tls is { } written ? tls.Of(written) : null);
    }

    private DestinationOptions Options(Concerns parameters)
    {
        PoolSettings settings = new(
            new PoolLimits(parameters.Pool.MaxSize, parameters.Pool.MaxWaiters, parameters.Pool.MinSize),
            new ClientConnectionOptions
            {
                Limits = limits,
                ConnectTimeoutNs = LoopTimes.Nanoseconds(parameters.ConnectTimeout),
                PoolIdleTimeoutNs = Math.Min(LoopTimes.Nanoseconds(parameters.Pool.IdleTime), Nanoseconds(parameters.Session.IdleTimeMs)),
                LifeTimeNs = Nanoseconds(parameters.Session.LifeTimeMs),
            });
        EndpointPools endpoints = new(
            pools, settings, Http2Terms.OfClient(parameters.Http2, parameters.Session, limits), parameters.Protocol,
            parameters.Tls is { } written ? tls.Of(written) : null, tls.Nodes, OwnEnds);
        return new DestinationOptions
        {
            Balancer = parameters.Balancer,
            Accrual = parameters.Accrual,
            Resources = endpoints.Of,
            Seed = seed,
        };
    }

    private static long Nanoseconds(int? milliseconds) => milliseconds is { } ms ? ms * 1_000_000L : LoopTimer.Never;

    /// <summary>What of a client's parameters its destinations are built of; the others are read by who uses them, request by request.</summary>
    private sealed record Concerns(
        BalancerConfig Balancer, AccrualConfig Accrual, TimeSpan ConnectTimeout, ConnectionPoolConfig Pool, ClientSessionConfig Session,
        ClientProtocol Protocol, ClientTlsConfig? Tls, Http2Config Http2);
}
