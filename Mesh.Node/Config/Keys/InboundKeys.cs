using System.Net;
using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of <c>inbound</c>.</summary>
internal static class InboundKeys
{
    public static readonly AddressKey Ip = new(
        "ip", IPAddress.Loopback,
        "Address that other nodes' requests are taken on; beyond this machine only with `cluster.tls` or `insecure: true` of `cluster`.");

    public static readonly IntKey Port = new(
        "port", InboundConfig.DefaultPort, 0, SharedKeys.MaxPort, "", "Port that other nodes' requests are taken on; 0 takes a free one.");

    public static readonly Section<InboundConfig> Section = new(
        "`inbound`",
        "This node's inbound side: other nodes send requests for the instances that it hosts here, and it passes each to the app that is meant. "
        + "Needs `cluster`; with `cluster.tls` it takes mutual TLS alone, by the same files.",
        [Ip, Port],
        static view => new InboundConfig(view.Get(Ip), view.Get(Port)));
}

/// <summary>What <c>inbound</c> asks of the rest of a config.</summary>
internal static class InboundRules
{
    public static void Check(SectionView root, CheckContext context)
    {
        if (root.Find(RootKeys.Inbound) is not { } written) return;
        if (root.Find(RootKeys.Cluster) is null)
        {
            context.Faults.Fault(written.At,
                "`inbound` takes requests of a cluster's nodes, and there is none; "
                + "add a `cluster:` section (one node alone is `cluster: {node: n1}`)");
            return;
        }

        CheckReach(new SectionView(written as YamlMapping), new SectionView(root.Find(RootKeys.Cluster) as YamlMapping), context);
    }

    private static void CheckReach(SectionView inbound, SectionView cluster, CheckContext context)
    {
        IPAddress ip = inbound.Get(InboundKeys.Ip);
        bool hasTls = cluster.Find(ClusterKeys.Tls) is not null;
        if (IPAddress.IsLoopback(ip))
        {
            if (!IPAddress.IsLoopback(cluster.Get(ClusterKeys.Ip)))
                context.Faults.Warn(inbound.At(InboundKeys.Ip),
                    $"`inbound` listens on {ip}, which no other machine reaches, and the cluster is on "
                    + $"{cluster.Get(ClusterKeys.Ip)}: write its `ip`");
        }
        else if (!hasTls && !cluster.Get(ClusterKeys.Insecure))
        {
            context.Faults.Fault(inbound.At(InboundKeys.Ip),
                $"`ip` is {ip} and `cluster` has no `tls`: whoever reaches the port would reach the apps; "
                + "add `tls`, or write `insecure: true` there");
        }
    }
}
