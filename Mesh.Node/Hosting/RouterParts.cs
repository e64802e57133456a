using Mesh.Actors;
using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Mesh.Node.Proxy;
using Mesh.Node.Proxy.Context;
using Mesh.Node.Telemetry;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Bindings;
using Mesh.Routing.Destinations;
using Mesh.Routing.Dtabs;
using Mesh.Routing.Identifiers;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Metrics;
using Mesh.Wire.Pools;
using Mesh.Wire.Transports;
using BackoffConfig = Mesh.Routing.Accrual.BackoffConfig;
using BalancerKind = Mesh.Routing.Balancing.BalancerKind;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Hosting;

/// <summary>A configured router with all that it owns, built from its config: names to bindings to destinations to pools, and servers.</summary>
internal sealed class RouterParts : IDisposable
{
    private readonly BindingCache<Backend> _bindings;
    private readonly RouterMetrics _metrics;
    private readonly BackendSource _backends;

    public RouterParts(RouterConfig config, NodeParts node)
    {
        Config = config;
        _metrics = new RouterMetrics(node.Registry, config.Label);
        Pools = new PoolTable(
            node.Loops.Loops,
            new PoolLimits(config.Client.Defaults.Pool.MaxSize, config.Client.Defaults.Pool.MaxWaiters, config.Client.Defaults.Pool.MinSize),
            ClientOptions(config));
        DestinationOptions options = new()
        {
            Balancer = Balancer(config.Client.Defaults.LoadBalancer),
            Accrual = Accrual(config.Client.Defaults.FailureAccrual),
            Resources = address => new PooledEndpoint(Pools, Pools.Acquire(address)),
            Seed = node.Seed,
        };
        Destinations = new DestinationTable(node.Actors, options, node.Time, config.BindingCache.Clients, config.BindingCache.IdleTtl);
        _backends = new BackendSource(Destinations, _metrics, BackendSettingsOf, node.Time);
        BindingCacheOptions cache = new() { Capacity = config.BindingCache.Paths, IdleTtl = config.BindingCache.IdleTtl };
        _bindings = new BindingCache<Backend>(
            Dtab.Parse(config.Dtab), node.Namers.Lookup, _backends, node.Time, cache);
        Router = new Router(
            config.Label,
            new IdentifierList([.. config.Identifiers.Select(identifier => Identifier(Path.Parse(config.DstPrefix), identifier))]),
            _bindings,
            _metrics,
            ServiceSettingsOf,
            config.BindingTimeout);
        Servers = [.. config.Servers.Zip(ServerLabels.Of(config.Servers), (server, label) => Server(server, label, node))];
    }

    public RouterConfig Config { get; }

    public Router Router { get; }

    public PoolTable Pools { get; }

    public DestinationTable Destinations { get; }

    public IReadOnlyList<ProxyServer> Servers { get; }

    /// <exception cref="IOException">A server cannot listen; the message names it.</exception>
    public void Listen()
    {
        foreach ((ProxyServer server, ServerConfig config) in Servers.Zip(Config.Servers))
        {
            SocketOptionsConfig socket = config.SocketOptions;
            try
            {
                server.Listen(config.EndPoint, new ListenerOptions(socket.Backlog, socket.NoDelay, socket.KeepAlive, socket.ReusePort));
            }
            catch (System.Net.Sockets.SocketException error)
            {
                throw new IOException(ListenFaults.Text($"router {Config.Label}", config.EndPoint, error), error);
            }
        }
    }

    public void Dispose()
    {
        _bindings.Dispose();
        Destinations.Dispose();
        _backends.Dispose();
        _metrics.Dispose();
    }

    private BackendSettings BackendSettingsOf(Path client) => new(Nanoseconds(Config.Client.For(client).RequestAttemptTimeout));

    private ServiceSettings ServiceSettingsOf(Path service)
    {
        ServiceConfig config = Config.Service.For(service);
        return new ServiceSettings(Nanoseconds(config.TotalTimeout), config.Classifier);
    }

    private ProxyServer Server(ServerConfig config, string label, NodeParts node)
    {
        ServerMetrics metrics = _metrics.ForServer(label, ServerLabels.RejectionReasons);
        ServerConnectionOptions options = new()
        {
            Limits = Limits(Config.Limits),
            HeadTimeoutNs = Nanoseconds(config.HeadTimeout),
            BodyIdleTimeoutNs = Nanoseconds(config.BodyIdleTimeout),
            IdleTimeoutNs = Nanoseconds(config.Session.IdleTime),
            LifeTimeNs = Nanoseconds(config.Session.LifeTime),
        };
        ServerContext context = new(config, Config.Label, node.Time);
        return new ProxyServer(node.Loops, Router, metrics, new UpgradePolicy(config.Upgrades), context, options, node.OnBug);
    }

    private static IIdentifier Identifier(Path prefix, IdentifierConfig config) => config switch
    {
        HeaderTokenConfig token => new HeaderTokenIdentifier(prefix, token.Header),
        HeaderPathConfig header => new HeaderPathIdentifier(prefix, header.Header),
        PathIdentifierConfig path => new PathIdentifier(prefix, path.Segments, path.Consume),
        MethodAndHostConfig method => new MethodAndHostIdentifier(prefix, method.HttpUriInDst),
        StaticIdentifierConfig one => new StaticIdentifier(prefix + Path.Parse(one.Path.StartsWith('/') ? one.Path : $"/{one.Path}")),
        _ => throw new ArgumentOutOfRangeException(nameof(config), config, "the schema knows an identifier that the node does not"),
    };

    private static ClientConnectionOptions ClientOptions(RouterConfig config) => new()
    {
        Limits = Limits(config.Limits),
        ConnectTimeoutNs = Nanoseconds(config.Client.Defaults.ConnectTimeout),
        PoolIdleTimeoutNs = Nanoseconds(config.Client.Defaults.Pool.IdleTime),
    };

    private static Http1Limits Limits(HttpLimitsConfig config) => new()
    {
        MaxHeadBytes = config.MaxHeadersBytes,
        MaxStartLineBytes = config.MaxInitialLineBytes,
        MaxFields = config.MaxHeaderFields,
    };

    private static BalancerConfig Balancer(LoadBalancerConfig config) => new()
    {
        Kind = config.Kind switch
        {
            Mesh.Node.Config.BalancerKind.LeastLoaded => BalancerKind.LeastLoaded,
            Mesh.Node.Config.BalancerKind.RoundRobin => BalancerKind.RoundRobin,
            _ => BalancerKind.PeakEwma,
        },
        MaxEffort = config.MaxEffort,
        Decay = config.DecayTime,
    };

    private static AccrualConfig Accrual(FailureAccrualConfig? config)
    {
        if (config is null) return new AccrualConfig.None();
        BackoffConfig backoff = config.Backoff.Kind switch
        {
            BackoffKind.Constant => new BackoffConfig.Constant(config.Backoff.Min),
            BackoffKind.DecorrelatedJitter => new BackoffConfig.Jittered(config.Backoff.Min, config.Backoff.Max),
            _ => new BackoffConfig.EqualJittered(config.Backoff.Min, config.Backoff.Max),
        };
        return new AccrualConfig.ConsecutiveFailures { Failures = config.Failures, Backoff = backoff };
    }

    private static long Nanoseconds(TimeSpan? span) => span is { } value ? value.Ticks * TimeSpan.NanosecondsPerTick : LoopTimer.Never;
}

/// <summary>What all routers of a node share.</summary>
internal sealed record NodeParts(
    LoopGroup Loops, MetricRegistry Registry, ActorSystem Actors, NamerTable Namers, TimeProvider Time, ulong Seed, Action<Exception> OnBug);
