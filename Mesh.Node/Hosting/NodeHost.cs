using System.Collections.Immutable;
using System.Net;
using Mesh.Actors;
using Mesh.Actors.Shutdown;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Namers;
using Mesh.Discovery.Namers.Fs;
using Mesh.Discovery.Namers.Inet;
using Mesh.Discovery.Names;
using Mesh.Node.Admin;
using Mesh.Node.Config;
using Mesh.Node.Proxy;
using Mesh.Node.Telemetry;
using Mesh.Node.Telemetry.Linkerd;
using Mesh.Wire.Loops;
using Mesh.Wire.Metrics;
using Path = Mesh.Discovery.Names.Path;

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

    private readonly MeshConfig _config;
    private readonly NodeLog _log;
    private readonly LinkerdTree _linkerd;
    private readonly LoopGroup _loops;
    private readonly ActorSystem _actors;
    private readonly HostTable _hosts;
    private readonly ImmutableArray<FsNamer> _files;
    private readonly InetNamer _inet;
    private readonly ImmutableArray<RouterParts> _routers;
    private readonly AdminServer _admin;
    private readonly TaskCompletionSource<string> _endAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string _state = "starting";

    private NodeHost(MeshConfig config, NodeLog log, TimeProvider time)
    {
        _config = config;
        _log = log;
        Registry = new MetricRegistry(config.Loops + 1, MaximumSeries);
        ulong seed = (ulong)time.GetTimestamp();
        _linkerd = new LinkerdTree(Registry, time);
        _loops = new LoopGroup(config.Loops, config.Transport, seed, OnBug);
        _actors = ActorSystem.Create("mesh", new ActorSystemOptions { Time = time, LogSink = log.Write });
        _hosts = new HostTable(new SystemDnsResolver(), time);
        _inet = new InetNamer(_hosts, time);
        _files = [.. config.Namers.OfType<FsNamerConfig>().Select(namer => File(namer, time))];
        NamerTable namers = new(_files, new BuiltInNamer(_inet));
        NodeParts parts = new(_loops, Registry, _actors, namers, time, seed, OnBug);
        _routers = [.. config.Routers.Select(router => new RouterParts(router, parts))];
        _admin = new AdminServer(AdminParts.Options(config.Admin, log, time), AdminEndpoints.Standard(View(namers, time)));
        RuntimeMetrics.Register(Registry, time);
        DataPlaneMetrics.Register(Registry, _loops, _actors, _routers);
    }

    public MetricRegistry Registry { get; }

    public IPEndPoint Admin => _admin.BoundEndPoint!;

    public IEnumerable<ProxyServer> Servers => _routers.SelectMany(static router => router.Servers);

    public ImmutableArray<RouterParts> Routers => _routers;

    /// <summary>Completes, with the reason, when somebody asks the node itself to end, such as over admin.</summary>
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

    /// <summary>Drains and ends the node, within the grace of the config plus a few seconds. Idempotent.</summary>
    public Task StopAsync(ShutdownReason reason) => _actors.CoordinatedShutdown.Run(reason);

    public async ValueTask DisposeAsync() => await StopAsync(ShutdownReason.ProcessExit).ConfigureAwait(false);

    private async Task StartAsync()
    {
        CoordinatedShutdown shutdown = _actors.CoordinatedShutdown;
        TimeSpan grace = _config.Admin.ShutdownGrace;
        shutdown.SetTimeout(CoordinatedShutdown.PhaseServiceRequestsDone, grace + TimeSpan.FromSeconds(1));
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "drain servers", _ => DrainAsync(grace));
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "stop admin", _ => _admin.DisposeAsync().AsTask());
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "stop routers and loops", _ => StopPartsAsync());
        shutdown.SetTimeout(CoordinatedShutdown.PhaseServiceUnbind, grace + TimeSpan.FromSeconds(2));
        _loops.Start();
        foreach (RouterParts router in _routers) router.Listen();
        await _admin.StartAsync().ConfigureAwait(false);
        _state = "";
    }

    private async Task DrainAsync(TimeSpan grace)
    {
        _state = "draining";
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
        foreach (FsNamer file in _files) file.Dispose();
        _inet.Dispose();
        _hosts.Dispose();
        _linkerd.Dispose();
        await _loops.DisposeAsync().ConfigureAwait(false);
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

    private NodeView View(NamerTable namers, TimeProvider time) => new()
    {
        Registry = Registry,
        Linkerd = _linkerd,
        NotReady = NotReady,
        Routers = [.. _routers.Select(router => AdminParts.View(router, namers))],
        Namers = namers.Namers,
        Levels = _log.Levels,
        Shutdown = EndBecause,
        Config = () => _config,
        Time = time,
    };

    private void EndBecause(string reason)
    {
        _endAsked.TrySetResult(reason);
        _ = StopAsync(new ShutdownReason(reason));
    }

    private FsNamer File(FsNamerConfig config, TimeProvider time) => new(
        new FsNamerOptions
        {
            RootDirectory = config.RootDir,
            Prefix = Path.Parse("/#/" + config.Prefix),
            Report = problem => _log.Warning("namer " + config.Prefix, problem),
        },
        _hosts,
        time);

    private void OnBug(Exception bug) =>
        _log.Error("node", "a bug: an exception escaped on an event loop; the connection was closed, others go on", bug);
}
