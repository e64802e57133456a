using System.Collections.Immutable;
using System.Net;
using Mesh.Actors;
using Mesh.Actors.Clustering;
using Mesh.Actors.Shutdown;
using Mesh.Discovery.Dns;
using Mesh.Node.Admin;
using Mesh.Node.Config;
using Mesh.Node.Health;
using Mesh.Node.Proxy;
using Mesh.Node.Telemetry;
using Mesh.Node.Telemetry.AccessLogs;
using Mesh.Node.Telemetry.Linkerd;
using Mesh.Wire.Loops;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Hosting;

/// <summary>
/// A running node: loops, actors, namers, routers, admin, started in this order and stopped in the reverse, through the phases of the
/// coordinated shutdown.
/// </summary>
internal sealed class NodeHost : IAsyncDisposable
{
    /// <summary>
    /// A thousand service names with 12 series each, a thousand destinations with 40, their thousand pairs with 4, and a few codes and faults of
    /// each; most are callbacks that cost nothing unread.
    /// </summary>
    private const int MaximumSeries = 64_000;

    private static readonly ShutdownReason s_couldNotStart = new("the node could not start");
    private static readonly ShutdownReason s_killed = new("the node was killed");

    private readonly MeshConfig _started;
    private readonly NodeLog _log;
    private readonly TimeProvider _time;
    private readonly Lock _reloading = new();
    private readonly LinkerdTree _linkerd;
    private readonly AccessLogTable _accessLogs;
    private readonly LoopGroup _loops;
    private readonly ActorSystem _actors;
    private readonly HealthProbe _probe;
    private readonly ServiceParts _services;
    private readonly NamerSet _namers;
    private readonly FleetRoutes _routes;
    private readonly InboundParts? _inbound;
    private readonly ImmutableArray<RouterParts> _configured;
    private readonly ImmutableArray<RouterParts> _routers;
    private readonly ConsoleParts _console;
    private readonly AdminServer _admin;
    private readonly ClusterSeat _seat;
    private readonly TaskCompletionSource<string> _endAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan _grace;
    private volatile MeshConfig _config;
    private volatile ReloadStatus _reloads;
    private volatile string _state = "starting";

    private NodeHost(MeshConfig config, NodeLog log, TimeProvider time)
    {
        _started = _config = config;
        _log = log;
        _time = time;
        _accessLogs = new AccessLogTable(config.Loops, time, line => log.Warning("access log", line));
        foreach (RouterConfig router in config.Routers)
        {
            // First of all: a log that cannot be written ends the start while there is nothing to undo.
            if (router.AccessLog is { } accessLog) _accessLogs.Open(accessLog);
        }

        _reloads = new ReloadStatus(0, 0, null, time.GetUtcNow(), [], []);
        Registry = new MetricRegistry(config.Loops + 1, MaximumSeries);
        ulong seed = (ulong)time.GetTimestamp();
        _linkerd = new LinkerdTree(Registry, time);
        _loops = new LoopGroup(config.Loops, config.Transport, seed, OnBug, config.BufferBudgetBytes);
        _actors = ActorSystem.Create(ClusterParts.SystemName(config), new ActorSystemOptions { Time = time, LogSink = log.Write });
        _probe = new HealthProbe(time);
        _services = new ServiceParts(config, _probe, time, seed);
        _namers = new NamerSet(config.Namers, new SystemDnsResolver(), log, time, _services.Table);
        _routes = new FleetRoutes(config, Registry, log, time);
        TlsParts tls = TlsParts.Of(config, log, time);
        NodeParts parts = new(_loops, Registry, _actors, _probe, tls, _namers, _routes.Table, _accessLogs, log, time, seed, OnBug);
        _inbound = InboundParts.Of(config, _services.Instances, parts);
        _configured = [.. config.Routers.Select(router => new RouterParts(router, parts))];
        _routers = _inbound is null ? _configured : [.. _configured, _inbound.Router];
        _console = new ConsoleParts(_actors, _routers, _services, _routes, time);
        _admin = new AdminServer(AdminParts.Options(config.Admin, log, time), AdminEndpoints.Standard(View()));
        RuntimeMetrics.Register(Registry, time);
        _accessLogs.Register(Registry);
        ReloadMetrics.Register(Registry, () => _reloads);
        DataPlaneMetrics.Register(Registry, _loops, _console.Systems, _routers);
        _seat = new ClusterSeat(new ClusterTenants(_services, _routes, _console, _inbound, log), Registry, log, time, seed, EndBecause);
    }

    public MetricRegistry Registry { get; }

    /// <summary>What holds now: the config of the start with what reloads have changed since.</summary>
    public MeshConfig Config => _config;

    public ReloadStatus Reloads => _reloads;

    public ConsoleParts Console => _console;

    public IPEndPoint Admin => _admin.BoundEndPoint!;

    public IEnumerable<ProxyServer> Servers => _routers.SelectMany(static router => router.Servers);

    public ImmutableArray<RouterParts> Routers => _routers;

    public ServiceParts Services => _services;

    /// <summary>The newest membership. Null for a node for itself, and before the start.</summary>
    public Cluster? Cluster => _seat.Cluster;

    /// <summary>Completes, with the reason, when the node itself is asked to end: over admin, or because it leaves its cluster.</summary>
    public Task<string> EndAsked => _endAsked.Task;

    /// <summary>Starts a node; what it opened is closed again when it cannot.</summary>
    /// <exception cref="IOException">An address cannot be listened on; the message names it.</exception>
    public static async Task<NodeHost> StartAsync(MeshConfig config, NodeLog log, TimeProvider time)
    {
        NodeHost host = new(config, log, time);
        try
        {
            await host.StartAsync().ConfigureAwait(false);
            return host;
        }
        catch
        {
            await host.StopAsync(s_couldNotStart).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Takes over a config that was read again, as far as it is live, while requests go on. One that has a fault changes nothing; what needs a
    /// restart stays as it was. Either is told in the log and in the status, which is returned.
    /// </summary>
    /// <remarks>Any thread but a loop's; one at a time.</remarks>
    public ReloadStatus Reload(ConfigResult loaded)
    {
        lock (_reloading)
        {
            foreach (ConfigFault warning in loaded.Warnings) _log.Warning("config", warning.ToString());
            try
            {
                return _reloads = loaded.Config is { } next ? Apply(next) : Refuse([.. loaded.Faults.Select(static fault => fault.ToString())]);
            }
            catch (Exception bug)
            {
                _log.Error("config", "a bug: the reload broke off; restart to be sure of what holds", bug);
                return _reloads = Refuse([bug.Message]);
            }
        }
    }

    /// <summary>Drains and ends the node, within the grace of the config plus a few seconds. Idempotent.</summary>
    public Task StopAsync(ShutdownReason reason) => _actors.CoordinatedShutdown.Run(reason);

    /// <summary>
    /// Ends the node as a killed process ends: nobody is told, connections break off; its files are closed. For demonstrations and tests.
    /// </summary>
    public async Task KillAsync()
    {
        _grace = TimeSpan.Zero;
        await _seat.AbortAsync().ConfigureAwait(false);
        await StopAsync(s_killed).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync() => await StopAsync(ShutdownReason.ProcessExit).ConfigureAwait(false);

    private async Task StartAsync()
    {
        CoordinatedShutdown shutdown = _actors.CoordinatedShutdown;
        TimeSpan grace = _grace = _config.Admin.ShutdownGrace;
        shutdown.SetTimeout(CoordinatedShutdown.PhaseServiceRequestsDone, grace + TimeSpan.FromSeconds(1));
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "announce that instances end", AnnounceEndAsync);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "drain servers", _ => DrainAsync(_grace));
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "end watches", _ => _routes.EndWatchesAsync());
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "stop admin", _ => _admin.DisposeAsync().AsTask());
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "stop routers and loops", _ => StopPartsAsync());
        shutdown.SetTimeout(CoordinatedShutdown.PhaseServiceUnbind, grace + TimeSpan.FromSeconds(2));
        _seat.JoinShutdown(shutdown);
        PortCheck.Run(_routers, _admin);
        await _seat.StartAsync(_config, Open).ConfigureAwait(false);
        foreach (RouterParts router in _configured) router.Listen();
        await _admin.StartAsync().ConfigureAwait(false);
        _state = "";
    }

    private ReloadStatus Refuse(ImmutableArray<string> faults)
    {
        foreach (string fault in faults) _log.Error("config", fault);
        _log.Error("config", $"reload refused for {faults.Length} {(faults.Length == 1 ? "fault" : "faults")}; the config stays as it was");
        return _reloads.Refused(_time.GetUtcNow(), faults);
    }

    private ReloadStatus Apply(MeshConfig next)
    {
        ImmutableArray<string> restart = [.. ConfigDifference.RestartNeeded(_started, next)];
        ImmutableArray<HeldNamer> left = _namers.Replace(next.Namers);
        foreach (RouterParts router in _configured)
        {
            RouterConfig config = next.Routers.FirstOrDefault(other => other.Label == router.Config.Label) ?? router.Config;
            router.Apply(config);
        }

        foreach (HeldNamer namer in left) namer.Retire();
        _services.Apply(next);
        _config = _started with
        {
            Namers = next.Namers,
            Services = next.Services,
            Routers = [.. _configured.Select(static router => router.Config)],
            Source = next.Source,
        };
        _log.Info("config", "reloaded");
        if (_inbound is null && !next.Services.IsEmpty)
            _log.Warning("config", "`services` came while there is no inbound side: others reach those on loopback after a restart");
        if (!restart.IsEmpty) _log.Warning("config", $"what needs a restart stays as it was: {string.Join("; ", restart)}");
        return _reloads.Applied(_time.GetUtcNow(), restart);
    }

    private Task AnnounceEndAsync(CancellationToken cancel)
    {
        _state = "draining";
        return _services.AnnounceEndAsync(_seat.Cluster, cancel);
    }

    private async Task DrainAsync(TimeSpan grace)
    {
        Task drained = Task.WhenAll(Servers.Select(static server => server.DrainAsync()));
        Task first = await Task.WhenAny(drained, Task.Delay(grace, TimeProvider.System)).ConfigureAwait(false);
        if (first == drained) return;
        int open = Servers.Sum(static server => server.OpenConnections);
        _log.Warning("node", $"{open} connections were still busy after {grace.TotalSeconds:0.#} s and were cut off");
        Task aborted = Task.WhenAll(Servers.Select(static server => server.AbortAsync()));
        await Task.WhenAny(aborted, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System)).ConfigureAwait(false);
    }

    private async Task StopPartsAsync()
    {
        foreach (RouterParts router in _routers) router.Dispose();
        _inbound?.Dispose();
        _services.Dispose();
        _console.Dispose();
        _probe.Dispose();
        _routes.Dispose();
        _namers.Dispose();
        _linkerd.Dispose();
        await _loops.DisposeAsync().ConfigureAwait(false);
        await _accessLogs.DisposeAsync().ConfigureAwait(false);
    }

    private List<string> NotReady()
    {
        List<string> reasons = [];
        if (_state.Length > 0) reasons.Add(_state);
        foreach (RouterParts router in _routers)
        {
            if (router.Servers.Any(static server => server.BoundEndPoint is null)) reasons.Add($"router {router.Config.Label}: not listening");
            reasons.AddRange(router.Router.Bindings.Bindings.Where(static binding => binding.Current is null)
                .Select(static binding => $"{binding.Name}: {binding.WaitingFor}"));
        }

        return reasons;
    }

    private NodeView View() => new()
    {
        Registry = Registry,
        Linkerd = _linkerd,
        NotReady = NotReady,
        Routers = [.. _routers.Select(AdminParts.View)],
        Namers = () => _namers.Table.Namers,
        Levels = _log.Levels,
        Shutdown = EndBecause,
        Config = () => _config,
        Services = _console.Services,
        Commands = _console.Commands,
        Values = _console.Values,
        Routes = _routes.View(path => _namers.Table.Lookup(path)),
        WriteReload = json => AdminParts.WriteReload(json, _reloads),
        Time = _time,
    };

    private void Open()
    {
        _loops.Start();
        _inbound?.Listen();
    }

    private void EndBecause(string reason)
    {
        _endAsked.TrySetResult(reason);
        _ = StopAsync(new ShutdownReason(reason));
    }

    private void OnBug(Exception bug) =>
        _log.Error("node", "a bug: an exception escaped on an event loop; the connection was closed, others go on", bug);
}
