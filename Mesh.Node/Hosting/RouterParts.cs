using System.Net;
using System.Net.Sockets;
using Mesh.Actors;
using Mesh.Discovery.Namerd;
using Mesh.Node.Config;
using Mesh.Node.Health;
using Mesh.Node.Proxy;
using Mesh.Node.Proxy.Context;
using Mesh.Node.Proxy.Policies;
using Mesh.Node.Proxy.RateLimits;
using Mesh.Node.Proxy.Opaque;
using Mesh.Node.Proxy.Tls;
using Mesh.Node.Telemetry;
using Mesh.Node.Telemetry.AccessLogs;
using Mesh.Routing.Bindings;
using Mesh.Routing.Destinations;
using Mesh.Routing.Dtabs;
using Mesh.Routing.Identifiers;
using Mesh.Routing.Routes;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Metrics;
using Mesh.Wire.Pools;
using Mesh.Wire.Transports;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Hosting;

/// <summary>A configured router with all that it owns, built from its config: names to bindings to destinations to pools, and servers.</summary>
internal sealed class RouterParts : IDisposable
{
    private readonly BindingCache<Backend> _bindings;
    private readonly RouterMetrics _metrics;
    private readonly HealthChecker _health;
    private readonly BackendSource _backends;
    private readonly ClientPolicies _clients;
    private readonly RouterPolicies _policies;
    private readonly RouterNames _names;
    private readonly AccessLog? _accessLog;
    private volatile RouterConfig _config;

    public RouterParts(RouterConfig config, NodeParts node)
    {
        _config = config;
        _accessLog = config.AccessLog is { } log ? node.AccessLogs.Open(log) : null;
        _metrics = new RouterMetrics(node.Registry, config.Label);
        Pools = new PoolTable(node.Loops.Loops);
        _clients = new ClientPolicies(config.Client, Pools, Limits(config.Limits), node.Tls, node.Seed)
        {
            Usual = config.Speaks,
            OwnEnds = node.OwnEnds,
        };
        Destinations = new DestinationTable(
            node.Actors, _clients.OptionsOf, node.Time, config.BindingCache.Clients, config.BindingCache.IdleTtl, $"destinations-{config.Label}");
        _health = new HealthChecker(node.Probe, _clients.HealthCheckOf, node.Time, node.Seed) { TermsOf = _clients.HealthTermsOf };
        _backends = new BackendSource(Destinations, _metrics, _clients.BackendOf, _health, node.Time);
        _bindings = new BindingCache<Backend>(Dtab.Empty, node.Namers.Table.Lookup, _backends, node.Time, CacheOptions(config));
        // Before the names: a namespace's change that brings both documents is obeyed in this order.
        _policies = new RouterPolicies(config, node.Routes, node.Log, ApplyService);
        _names = new RouterNames(config, node, _bindings);
        Router = new Router(
            config.Label,
            new IdentifierList([.. config.Identifiers.Select(identifier => Identifier(Path.Parse(config.DstPrefix), identifier))]),
            _bindings,
            _metrics,
            new RateLimitTable(node.Time),
            ServiceSettingsOf,
            config.BindingTimeout,
            node.OnBug);
        Servers = [.. config.Servers.Zip(ServerLabels.Of(config.Servers), (server, label) => Server(server, label, node))];
    }

    /// <summary>What holds now.</summary>
    public RouterConfig Config => _config;

    public Router Router { get; }

    public PoolTable Pools { get; }

    public DestinationTable Destinations { get; }

    /// <summary>Who binds its names, where the node does not itself.</summary>
    public NamerdNames? Namerd => _names.Namerd;

    public IReadOnlyList<ProxyServer> Servers { get; }

    /// <summary>The destinations as requests use them, in any order.</summary>
    public IReadOnlyList<Backend> Backends => _backends.All();

    /// <summary>What is done with requests on their way.</summary>
    public PolicyTable Policies => _policies.Current;

    /// <summary>What names are bound by now, and where each rule comes from.</summary>
    public RuleSources Rules => _names.Sources;

    /// <summary>Whether its servers will be able to listen, as far as that can be told before they do.</summary>
    /// <exception cref="IOException">One cannot; the message names it.</exception>
    public void CheckPorts() => EachServer(static (_, address, options) => Listener.Check(address, options));

    /// <exception cref="IOException">A server cannot listen; the message names it.</exception>
    public void Listen() => EachServer(static (server, address, options) => server.Listen(address, options));

    /// <summary>
    /// Takes over what of a new config is live: policies first, so that a name that leads elsewhere by the new rules finds its destination treated
    /// as it should be. The rest stays as it was.
    /// </summary>
    public void Apply(RouterConfig next)
    {
        RouterConfig old = _config;
        _config = old with
        {
            Dtab = next.Dtab,
            Interpreter = next.Interpreter,
            Client = next.Client,
            Service = next.Service,
            Policies = next.Policies,
            BindingTimeoutMs = next.BindingTimeoutMs,
            BindingCache = next.BindingCache,
        };
        Router.BindingTimeout = next.BindingTimeout;
        if (next.BindingCache != old.BindingCache) Resize(next);
        if (!next.Client.Equals(old.Client)) ApplyClient(next.Client);
        PolicyTable before = _policies.Current;
        _policies.Take(next);
        if (!next.Service.Equals(old.Service) || !ReferenceEquals(before, _policies.Current)) ApplyService();
        _names.Apply(next);
    }

    public void Dispose()
    {
        _names.Dispose();
        _policies.Dispose();
        _health.Dispose();
        _bindings.Dispose();
        Destinations.Dispose();
        _backends.Dispose();
        _metrics.Dispose();
    }

    private void Resize(RouterConfig config)
    {
        _bindings.Resize(CacheOptions(config));
        Destinations.Resize(config.BindingCache.Clients, config.BindingCache.IdleTtl);
    }

    private void ApplyClient(PolicyConfig<ClientConfig> client)
    {
        _clients.Config = client;
        Destinations.Reconfigure(_clients.OptionsOf);
        _backends.Reconfigure();
    }

    private void ApplyService()
    {
        foreach (ServiceBinding<Backend> binding in _bindings.Bindings)
        {
            if (binding.Companion is ServiceProfile profile) profile.Refresh(ServiceSettingsOf);
        }
    }

    private static BindingCacheOptions CacheOptions(RouterConfig config) =>
        new() { Capacity = config.BindingCache.Paths, IdleTtl = config.BindingCache.IdleTtl };

    private ServiceSettings ServiceSettingsOf(Path service)
    {
        ServiceConfig config = Config.Service.For(service);
        return ServiceSettings.Of(config, _policies.Current.For(service, config));
    }

    private ProxyServer Server(ServerConfig config, string label, NodeParts node)
    {
        ServerMetrics metrics = _metrics.ForServer(label, ServerLabels.RejectionReasons);
        ServerConnectionOptions options = new()
        {
            Limits = config.Context.IsInbound ? HopRoom.Widen(Limits(Config.Limits)) : Limits(Config.Limits),
            HeadTimeoutNs = LoopTimes.Nanoseconds(config.HeadTimeout),
            BodyIdleTimeoutNs = LoopTimes.Nanoseconds(config.BodyIdleTimeout),
            IdleTimeoutNs = LoopTimes.Nanoseconds(config.Session.IdleTime),
            LifeTimeNs = LoopTimes.Nanoseconds(config.Session.LifeTime),
        };
        ServerContext context = new(config, Config.Label, node.Time);
        if (config.MaxConcurrentRequests is not null) metrics.ObservePending(() => context.InFlight);
        ServerTls? tls = config.Context.IsInbound ? node.Tls.Inbound : OpaqueParts.TlsOf(Config, config, node.Tls);
        TlsComplaints complaints = new(node.Time, text => node.Log.Warning(Config.Label, text));
        return new ProxyServer(
            node.Loops, Router, metrics, new UpgradePolicy(config.Upgrades), context, _accessLog, options,
            Http2Terms.OfServer(config, options), node.OnBug, tls, complaints, OpaqueParts.TermsOf(Config, config, node))
        {
            TakesProxyHeader = config.ProxyProtocol,
            TakesH2c = config.H2cUpgrade == true && !config.Context.IsInbound,
        };
    }

    private void EachServer(Action<ProxyServer, IPEndPoint, ListenerOptions> act)
    {
        foreach ((ProxyServer server, ServerConfig config) in Servers.Zip(Config.Servers))
        {
            SocketOptionsConfig socket = config.SocketOptions;
            try
            {
                act(server, config.EndPoint, new ListenerOptions(socket.Backlog, socket.NoDelay, socket.KeepAlive, socket.ReusePort));
            }
            catch (SocketException error)
            {
                throw new IOException(ListenFaults.Text($"router {Config.Label}", config.EndPoint, error), error);
            }
        }
    }

    private static IIdentifier Identifier(Path prefix, IdentifierConfig config) => config switch
    {
        HeaderTokenConfig token => new HeaderTokenIdentifier(prefix, token.Header),
        HeaderPathConfig header => new HeaderPathIdentifier(prefix, header.Header),
        HeaderSegmentsConfig header => new HeaderSegmentsIdentifier(prefix, header.Header, header.Segments),
        PathIdentifierConfig path => new PathIdentifier(prefix, path.Segments, path.Consume),
        MethodAndHostConfig method => new MethodAndHostIdentifier(prefix, method.HttpUriInDst),
        InboundIdentifierConfig => new InboundIdentifier(prefix),
        StaticIdentifierConfig one => new StaticIdentifier(prefix + Path.Parse(one.Path.StartsWith('/') ? one.Path : $"/{one.Path}")),
        _ => throw new ArgumentOutOfRangeException(nameof(config), config, "the schema knows an identifier that the node does not"),
    };

    internal static Http1Limits Limits(HttpLimitsConfig config) => new()
    {
        MaxHeadBytes = config.MaxHeadersBytes,
        MaxStartLineBytes = config.MaxInitialLineBytes,
        MaxFields = Math.Min(config.MaxHeaderFields, HopRoom.MostFields),
    };
}

/// <summary>What all routers of a node share.</summary>
internal sealed record NodeParts(
    LoopGroup Loops,
    MetricRegistry Registry,
    ActorSystem Actors,
    HealthProbe Probe,
    TlsParts Tls,
    NamerSet Namers, RouteTable? Routes, AccessLogTable AccessLogs, NodeLog Log,
    TimeProvider Time,
    ulong Seed,
    Action<Exception> OnBug)
{
    /// <summary>Of opaque connections to endpoints.</summary>
    public OwnEnds OwnEnds { get; } = new();
}
