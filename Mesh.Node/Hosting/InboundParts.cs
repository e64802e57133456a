using System.Net;
using System.Net.Sockets;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Services;
using Mesh.Node.Config;
using Mesh.Routing.Accrual;

namespace Mesh.Node.Hosting;

/// <summary>
/// The inbound side: a router of its own whose every name is one instance that this node hosts. It chooses nobody, tries nothing again and shuns
/// nobody: the node that sent the request does that, and knows the others.
/// </summary>
internal sealed class InboundParts : IDisposable
{
    private const string Prefix = "/inst";

    private readonly NamerSet _namers;
    private readonly NodeLog _log;
    private readonly IPAddress _cluster;
    private readonly bool _hasTls;

    private InboundParts(InboundConfig config, HttpLimitsConfig limits, IPAddress cluster, LocalInstancesNamer instances, NodeParts node)
    {
        (_cluster, _log, _hasTls) = (cluster, node.Log, node.Tls.Inbound is not null);
        _namers = new NamerSet([], new SystemDnsResolver(), node.Log, node.Time, own: instances);
        Router = new RouterParts(RouterOf(config, limits), node with { Namers = _namers });
    }

    public RouterParts Router { get; }

    /// <summary>Null where the config opens none.</summary>
    public static InboundParts? Of(MeshConfig config, LocalInstancesNamer instances, NodeParts node) =>
        config is { InboundSide: { } inbound, Cluster: { } cluster }
            ? new InboundParts(inbound, LimitsOf(config), cluster.Ip, instances, node)
            : null;

    /// <exception cref="IOException">It cannot listen; the message names the address.</exception>
    public void Listen() => Router.Listen();

    /// <summary>Tells the fleet where it listens: from then on others send requests here.</summary>
    /// <param name="local">Whose rows tell it.</param>
    /// <param name="host">This node's host as the cluster knows it.</param>
    public async Task TellAsync(LocalServices local, string host)
    {
        IPEndPoint bound = Router.Servers[0].BoundEndPoint!;
        IPEndPoint? address = await AddressAsync(bound, host).ConfigureAwait(false);
        await local.MoveInbound(address, _hasTls ? host : null).ConfigureAwait(false);
    }

    public void Dispose() => _namers.Dispose();

    /// <summary>Where others reach what listens here; null, with a word why, where they do not.</summary>
    private async Task<IPEndPoint?> AddressAsync(IPEndPoint bound, string host)
    {
        bool isAny = bound.Address.Equals(IPAddress.Any) || bound.Address.Equals(IPAddress.IPv6Any);
        if (!isAny && (!IPAddress.IsLoopback(bound.Address) || IPAddress.IsLoopback(_cluster))) return bound;
        if (!isAny)
        {
            _log.Warning(InboundConfig.Label, $"{bound} is this machine's own: other nodes are not told of it; write `ip` of `inbound`");
            return null;
        }

        if (IPAddress.TryParse(host, out IPAddress? address)) return new IPEndPoint(address, bound.Port);
        try
        {
            IPAddress[] all = await Dns.GetHostAddressesAsync(host).ConfigureAwait(false);
            address = all.FirstOrDefault(static each => each.AddressFamily == AddressFamily.InterNetwork) ?? all.FirstOrDefault();
            if (address is not null) return new IPEndPoint(address, bound.Port);
        }
        catch (SocketException)
        {
            // Told below, like a name without an address.
        }

        _log.Warning(InboundConfig.Label, $"`{host}` has no address: other nodes are not told of this inbound side; write its `ip`");
        return null;
    }

    /// <summary>
    /// The widest of the node's routers, as other nodes have them, and no narrower than the usual: apps are held to them; the server takes what the
    /// node before adds beside (<see cref="HopRoom"/>).
    /// </summary>
    private static HttpLimitsConfig LimitsOf(MeshConfig config)
    {
        HttpLimitsConfig[] all = [HttpLimitsConfig.Default, .. config.Routers.Select(static router => router.Limits)];
        int widestList = config.Routers.SelectMany(static router => router.Servers).Max(static server => server.Http2.MaxHeaderListBytes) ?? 0;
        return new HttpLimitsConfig(
            Math.Max(all.Max(static each => each.MaxHeadersKB), (widestList + 1023) / 1024),
            all.Max(static each => each.MaxInitialLineKB),
            all.Max(static each => each.MaxHeaderFields));
    }

    private static RouterConfig RouterOf(InboundConfig config, HttpLimitsConfig limits) => new(
        InboundConfig.Label,
        Prefix,
        $"{Prefix} => {LocalInstancesNamer.DefaultPrefix}",
        [new InboundIdentifierConfig()],
        RouterConfig.DefaultBindingTimeoutMs,
        new BindingCacheConfig(LocalServices.MaxInstances, LocalServices.MaxInstances, BindingCacheConfig.DefaultIdleTtlSecs),
        limits,
        new PolicyConfig<ClientConfig>(ClientConfig.Default with { FailureAccrual = new AccrualConfig.None() }, []),
        new PolicyConfig<ServiceConfig>(ServiceConfig.Default, []),
        InterpreterConfig.Default,
        Originator: false,
        AccessLog: null,
        [ServerOf(config)]);

    private static ServerConfig ServerOf(InboundConfig config) => new(
        config.Ip,
        config.Port,
        new SocketOptionsConfig(NoDelay: true, ReusePort: false, KeepAlive: false, SocketOptionsConfig.DefaultBacklog),
        new ServerSessionConfig(ServerSessionConfig.DefaultIdleTimeMs, null),
        ServerConfig.DefaultHeadTimeoutMs,
        ServerConfig.DefaultBodyIdleTimeoutMs,
        [ServerConfig.DefaultUpgrade],
        ServerContextConfig.Default with { IsInbound = true },
        InboundConfig.Label,
        MaxConcurrentRequests: null,
        TimeoutMs: null);
}
