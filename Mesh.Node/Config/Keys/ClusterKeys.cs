using System.Collections.Immutable;
using System.Net;
using Mesh.Actors;
using Mesh.Actors.Downing;
using Mesh.Actors.Membership;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of <c>cluster</c>.</summary>
internal static class ClusterKeys
{
    private const int MostRoles = 16;
    private const int MostSeeds = 64;

    public static readonly TextKey Name = new(
        "name", ClusterConfig.DefaultName, "", "a name of letters, digits, `-`, `_` and `.`", static text => ActorPath.IsValidName(text),
        "The cluster's name; nodes of another are refused.");

    public static readonly TextKey Node = new(
        "node", null, "the host's name", "a name of letters, digits, `-`, `_` and `.`", static text => ActorPath.IsValidName(text),
        "What people call this node.");

    public static readonly AddressKey Ip = new("ip", IPAddress.Loopback, "Address that other nodes' connections are taken on.");

    public static readonly IntKey Port = new(
        "port", ClusterConfig.DefaultPort, 0, SharedKeys.MaxPort, "", "Port that other nodes' connections are taken on; 0 takes a free one.");

    public static readonly HostPortKey Advertise = new(
        "advertise", "`ip` and `port`", ClusterConfig.DefaultPort,
        "Where other nodes reach this one, if not where it listens.");

    public static readonly ListKey<string?> Roles = new(
        "roles",
        new TextKey("roles", null, "", "a role such as `core` or `edge`", static text => ActorPath.IsValidName(text), "A role."),
        [Member.CoreRole],
        "What this node is to the cluster: `core` nodes (1, 3, 5 or a few more) vote and host shards, all others only gossip and proxy.")
    { Absent = "`[core]`", Least = 1, Most = MostRoles };

    public static readonly ListKey<HostPort?> Seeds = new(
        "seeds", new HostPortKey("seeds", "", ClusterConfig.DefaultPort, "A seed."), [],
        "Nodes that are asked first, each as it advertises itself; the same list on every node.")
    { Most = MostSeeds };

    public static readonly HostPortKey SeedDns = new(
        "seedDns", "none", ClusterConfig.DefaultPort,
        "A name whose every address is a seed, such as a headless service; nodes then advertise addresses.");

    public static readonly OptionalIntKey BootstrapExpect = new(
        "bootstrapExpect", "1 without `seeds`, else 0", 0, ClusterConfig.MaxBootstrapExpect, "core nodes",
        "Core nodes that must see each other before they found the cluster, once in its life; 0 never founds, only joins.");

    public static readonly SectionKey<ClusterTlsConfig> Tls = new("tls", ClusterTlsKeys.Section, "Certificates between nodes.");

    public static readonly BoolKey Insecure = new(
        "insecure", false,
        "Lets nodes without `tls` reach each other beyond one machine: whoever reaches the port is a member. Beside `tls`: the inbound side takes "
        + "plain connections too, and others' plain inbound sides are dialled, while a fleet turns TLS on.");

    public static readonly TextKey Directory = new(
        "directory", null, "`cluster` in the state directory", "a path", static text => text.Length > 0 && !text.Contains('\0'),
        "Where this node keeps its membership, votes, tables and journal; one node, one directory.");

    public static readonly SectionKey<DowningConfig> Downing = new("downing", DowningKeys.Section, "Which side of a partition lives.");

    public static readonly Section<ClusterConfig> Section = new(
        "`cluster`",
        "Makes the node a member of a cluster. Mesh's own key.",
        [Name, Node, Ip, Port, Advertise, Roles, Seeds, SeedDns, BootstrapExpect, Tls, Insecure, Downing, Directory],
        Build)
    { Rules = Check };

    private static ClusterConfig Build(SectionView view) => new(
        view.Get(Name)!,
        view.Get(Node) ?? Plain(Environment.MachineName),
        view.Get(Ip),
        view.Get(Port),
        view.Get(Advertise),
        [.. view.Get(Roles).Select(static role => role!).Distinct().Order(StringComparer.Ordinal)],
        [.. view.Get(Seeds).Select(static seed => seed!)],
        view.Get(SeedDns),
        view.Get(BootstrapExpect) ?? (HasSeeds(view) ? 0 : 1),
        view.Find(Tls) is null ? null : view.Get(Tls),
        view.Get(Insecure),
        view.Get(Downing),
        view.Get(Directory));

    public static bool HasSeeds(SectionView view) => !view.Get(Seeds).IsEmpty || view.Get(SeedDns) is not null;

    /// <summary>A host's name as the name of a node: what no name may hold becomes a dash.</summary>
    private static string Plain(string text)
    {
        string plain = string.Concat(text.Select(static character => ActorPath.IsValidName([character]) ? character : '-'));
        return plain.Length == 0 ? "node" : plain;
    }

    private static void Check(SectionView view, CheckContext context)
    {
        ImmutableArray<string?> roles = view.Get(Roles);
        bool isCore = roles.Contains(Member.CoreRole);
        int? expect = view.Get(BootstrapExpect);
        if (view.Find(Tls) is null && !view.Get(Insecure) && !IPAddress.IsLoopback(view.Get(Ip)))
            context.Faults.Fault(view.At(Ip),
                $"`ip` is {view.Get(Ip)} and there is no `tls`: whoever reaches the port would be a member; add `tls`, or write `insecure: true`");
        if (IPAddress.Any.Equals(view.Get(Ip)) || IPAddress.IPv6Any.Equals(view.Get(Ip)))
        {
            if (view.Get(Advertise) is null)
                context.Faults.Fault(view.At(Ip), "`ip` is every address, which is none that others can reach; name one in `advertise`");
        }

        if (!isCore && expect > 0)
            context.Faults.Fault(view.At(BootstrapExpect), "`bootstrapExpect` founds a cluster of core nodes and this one is none; remove it");
        if (!isCore && !HasSeeds(view))
            context.Faults.Fault(view.At(Roles), "a node without the role `core` can only join; name core nodes in `seeds`");
        if (isCore && expect is null && HasSeeds(view))
            context.Faults.Warn(view.At(Seeds),
                "`seeds` without `bootstrapExpect`: this node joins a cluster and never founds one; "
                + "where these core nodes begin it, write their number as `bootstrapExpect` on each");
        if (expect > 1 && !HasSeeds(view))
            context.Faults.Fault(view.At(BootstrapExpect), "`bootstrapExpect` waits for other core nodes and `seeds` names none; name them");
        if (expect is > 1 && expect % 2 == 0)
            context.Faults.Warn(view.At(BootstrapExpect),
                $"`bootstrapExpect` is {expect}: an even number of votes survives no more failures than one less");
    }
}

/// <summary>The keys of <c>cluster.tls</c>.</summary>
internal static class ClusterTlsKeys
{
    public static readonly FileKey CertPath = new(
        "certPath", TlsFiles.JudgeCertificates, "this node's certificate with its intermediates, PEM") { Required = true };

    public static readonly FileKey KeyPath = new("keyPath", TlsFiles.JudgeKey, "its private key, PEM, without a password") { Required = true };

    public static readonly FileKey CaCertPath = new(
        "caCertPath", TlsFiles.JudgeCertificates, "the authorities that every node's certificate comes from, PEM") { Required = true };

    public static readonly Section<ClusterTlsConfig> Section = new(
        "`tls`",
        "Mutual TLS between nodes, by file, for gossip and for requests to inbound sides; files that change are read again. The certificate "
        + "must name the host that the node advertises, and be made for servers and clients.",
        [CertPath, KeyPath, CaCertPath],
        static view => new ClusterTlsConfig(view.Get(CertPath)!, view.Get(KeyPath)!, view.Get(CaCertPath)!))
    { Rules = static (view, context) => TlsFiles.CheckPair(view, CertPath, KeyPath, context) };
}

/// <summary>The keys of <c>cluster.downing</c>.</summary>
internal static class DowningKeys
{
    public static readonly ChoiceKey<DowningStrategy> Strategy = new(
        "strategy",
        DowningStrategy.KeepMajority,
        [
            ("keep-majority", DowningStrategy.KeepMajority),
            ("static-quorum", DowningStrategy.StaticQuorum),
            ("keep-oldest", DowningStrategy.KeepOldest),
            ("down-all", DowningStrategy.DownAll),
        ],
        "Which core nodes live on after a partition; the others end.");

    public static readonly OptionalIntKey QuorumSize = new(
        "quorumSize", "none", 1, ClusterConfig.MaxBootstrapExpect, "core nodes", "What a side needs to live under `static-quorum`.");

    public static readonly OptionalIntKey StableAfterMs = new(
        "stableAfterMs", "7000 to 13000 by the number of core nodes", 1000, SharedKeys.MaxMs, "ms", "How long nothing changed before it is decided.");

    public static readonly BoolKey DownIfAlone = new(
        "downIfAlone", true, "Under `keep-oldest`: an oldest node that is alone against others ends itself.");

    public static readonly BoolKey DownAllWhenUnstable = new(
        "downAllWhenUnstable", false, "End all core nodes when it does not become stable; only where something starts them again.");

    public static readonly Section<DowningConfig> Section = new(
        "`downing`",
        "The split brain resolver.",
        [Strategy, QuorumSize, StableAfterMs, DownIfAlone, DownAllWhenUnstable],
        static view => new DowningConfig(
            view.Get(Strategy), view.Get(QuorumSize) ?? 0, view.Get(StableAfterMs), view.Get(DownIfAlone), view.Get(DownAllWhenUnstable)))
    {
        Rules = static (view, context) =>
        {
            if ((view.Get(Strategy) == DowningStrategy.StaticQuorum) != view.Get(QuorumSize).HasValue)
                context.Faults.Fault(view.At(Strategy), "`strategy: static-quorum` and `quorumSize` belong together; write both or neither");
        },
    };
}
