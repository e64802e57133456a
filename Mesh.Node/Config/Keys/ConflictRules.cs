using System.Diagnostics.CodeAnalysis;
using System.Net;
using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Keys;

/// <summary>
/// What two sections of one file must not share: labels of routers, addresses of listeners, and a log of requests that each would roll its own way.
/// </summary>
internal static class ConflictRules
{
    private readonly record struct Listener(IPEndPoint EndPoint, Position At, string Name);

    public static void Check(SectionView root, CheckContext context)
    {
        var labels = new Dictionary<string, Position>(StringComparer.Ordinal);
        var listeners = new Dictionary<int, List<Listener>>();
        var logs = new Dictionary<string, (AccessLogConfig Log, Position At)>(StringComparer.Ordinal);
        var admin = new SectionView(root.Find(RootKeys.Admin) as YamlMapping);
        Add(listeners, new IPEndPoint(admin.Get(AdminKeys.Ip), admin.Get(AdminKeys.Port)), PlaceOf(admin.At(AdminKeys.Port), root), "admin", context);
        if (root.Find(RootKeys.Cluster) is YamlMapping cluster) AddCluster(listeners, new SectionView(cluster), context);
        if (HasInbound(root, out YamlNode? inbound))
        {
            var side = new SectionView(inbound as YamlMapping);
            Add(listeners, new IPEndPoint(side.Get(InboundKeys.Ip), side.Get(InboundKeys.Port)), inbound.At, "`inbound`", context);
            labels.Add(InboundConfig.Label, inbound.At);
        }

        foreach (YamlNode item in RootKeys.Items(root, RootKeys.Routers))
        {
            if (item is not YamlMapping mapping) continue;
            var router = new SectionView(mapping);
            string protocol = (mapping.Find(RouterKinds.Table.Selector) as YamlScalar)?.Text ?? RouterConfig.DefaultLabel;
            string label = router.Get(RouterKeys.Label) ?? protocol;
            Position at = router.At(RouterKeys.Label);
            if (!labels.TryAdd(label, at))
                context.Faults.Fault(at,
                    $"router label {Quoting.Quote(label)} is already taken at {labels[label].Short}; give each router a `label` of its own");
            // Another protocol has another default port, and is a fault already.
            if (RouterKinds.Table.Find(protocol) is not Kind<RouterConfig>) continue;
            foreach (YamlNode server in RootKeys.Items(router, RouterKeys.Servers))
                AddServer(listeners, server, RouterKeys.PortOf(router), label, context);
            AddLog(logs, router, context);
        }
    }

    /// <summary>Where it is asked for: its own section, or the <c>services</c> that need it.</summary>
    private static bool HasInbound(SectionView root, [NotNullWhen(true)] out YamlNode? at)
    {
        at = root.Find(RootKeys.Inbound);
        if (at is null && root.Find(RootKeys.Services) is YamlSequence { Items.Length: > 0 } services) at = services;
        return at is not null && root.Find(RootKeys.Cluster) is not null;
    }

    /// <summary>Routers may write into one file, if they agree on it.</summary>
    private static void AddLog(Dictionary<string, (AccessLogConfig Log, Position At)> logs, SectionView router, CheckContext context)
    {
        if (AccessLogKeys.Build(router) is not { } log) return;
        Position at = AccessLogKeys.At(router);
        if (!logs.TryAdd(log.Path, (log, at)) && logs[log.Path].Log != log)
            context.Faults.Fault(at,
                $"`httpAccessLog` {Quoting.Quote(log.Path)} is also the log at {logs[log.Path].At.Short}, with other settings; "
                + "give it the same, or another file");
    }

    private static void AddServer(
        Dictionary<int, List<Listener>> listeners, YamlNode node, int usualPort, string label, CheckContext context)
    {
        if (node is not YamlMapping && !node.IsNull) return;
        var server = new SectionView(node as YamlMapping);
        // A port that is no port is a fault of its own; the default in its place would only add a false one.
        int? port = server.Get(ServerKeys.Port);
        if (port is null && server.Find(ServerKeys.Port) is not null) return;
        Position at = node is YamlMapping ? server.At(ServerKeys.Port) : node.At;
        Add(listeners, new IPEndPoint(server.Get(ServerKeys.Ip), port ?? usualPort), at, $"a server of {Quoting.Quote(label)}", context);
    }

    private static void AddCluster(Dictionary<int, List<Listener>> listeners, SectionView cluster, CheckContext context) =>
        Add(
            listeners, new IPEndPoint(cluster.Get(ClusterKeys.Ip), cluster.Get(ClusterKeys.Port)),
            cluster.At(ClusterKeys.Port), "`cluster`", context);

    private static void Add(Dictionary<int, List<Listener>> listeners, IPEndPoint endPoint, Position at, string name, CheckContext context)
    {
        if (endPoint.Port == 0) return;
        if (!listeners.TryGetValue(endPoint.Port, out List<Listener>? samePort)) listeners[endPoint.Port] = samePort = [];
        foreach (Listener other in samePort)
        {
            if (!Collide(endPoint, other.EndPoint)) continue;
            context.Faults.Fault(at, $"{endPoint} is already the address of {other.Name} ({other.At.Short}); give one of them another `port`");
            return;
        }

        samePort.Add(new Listener(endPoint, at, name));
    }

    /// <summary>Of listeners on one port, the kernel refuses the second of two equal addresses, and a single address beside "all of them".</summary>
    private static bool Collide(IPEndPoint left, IPEndPoint right)
    {
        if (left.Address.Equals(right.Address) || IsDualAny(left) || IsDualAny(right)) return true;
        return left.AddressFamily == right.AddressFamily && (left.Address.Equals(IPAddress.Any) || right.Address.Equals(IPAddress.Any));
    }

    /// <summary><c>::</c> takes IPv4 too.</summary>
    private static bool IsDualAny(IPEndPoint endPoint) => endPoint.Address.Equals(IPAddress.IPv6Any);

    private static Position PlaceOf(Position at, SectionView root) => at == default ? root.At(RootKeys.Admin) : at;
}
