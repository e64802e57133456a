using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;
using Mesh.Wire.Loops;

namespace Mesh.Node.Config.Keys;

/// <summary>The top level of a config.</summary>
internal static class RootKeys
{
    private const int MaxBufferBudgetMB = 1024 * 1024;
    private const long BytesPerMB = 1024 * 1024;

    public static readonly SectionKey<AdminConfig> Admin = new("admin", AdminKeys.Section, "Where operators reach the node itself.");

    public static readonly ListKey<NamerConfig> Namers = new(
        "namers", new KindKey<NamerConfig>("namers", NamerKinds.Table, "A namer."), [], "Sources of addresses; the last one is asked first.");

    public static readonly ListKey<RouterConfig> Routers = new(
        "routers", new KindKey<RouterConfig>("routers", RouterKinds.Table, "A router."), [], "one router or more, each with its servers")
    { Required = true, Least = 1 };

    public static readonly SectionKey<ClusterConfig> Cluster = new("cluster", ClusterKeys.Section, "Membership of a cluster; Mesh's own key.");

    public static readonly KindKey<JournalConfig> Journal = new(
        "journal", JournalKinds.Table,
        "Where what must survive any node is kept; with `cluster` and without this, `quorum` where there are other nodes, else `sqlite`.");

    public static readonly ListKey<HostedServiceConfig> Services = new(
        "services", new SectionKey<HostedServiceConfig>("services", HostedServiceKeys.Section, "A service."), [],
        "Apps on this machine that the node registers with the fleet; Mesh's own key.");

    public static readonly SectionKey<InboundConfig> Inbound = new(
        "inbound", InboundKeys.Section,
        "Where other nodes' requests for this node's `services` come in; open where this or `services` is written; Mesh's own key.");

    public static readonly OptionalIntKey Loops = new(
        "loops", "one a processor", 1, MeshConfig.MaxLoops, "event loops", "Event loops that carry traffic; Mesh's own key.");

    public static readonly ChoiceKey<TransportKind> Transport = new(
        "transport",
        TransportKind.Auto,
        [("auto", TransportKind.Auto), ("epoll", TransportKind.Epoll), ("sockets", TransportKind.Sockets)],
        "The sockets under the loops: `epoll` is Linux's, `sockets` is .NET's, `auto` takes the first that works; Mesh's own key.");

    public static readonly OptionalIntKey BufferBudgetMB = new(
        "bufferBudgetMB", "256, or a quarter of the memory", 16, MaxBufferBudgetMB, "MiB",
        "What all connections together may hold of bodies that wait for a slow reader: from three quarters on senders have to wait, at the limit "
        + "further requests are refused; Mesh's own key.");

    public static readonly Section<MeshConfig> Section = new(
        "the top level",
        "The keys of the file itself.",
        [
            Admin, Namers, Routers, Cluster, Journal, Services, Inbound, Loops, Transport, BufferBudgetMB,
            new ListKey<object?>(
                "telemetry", new IgnoredKindKey("telemetry", TelemetryKinds.Table, "A telemeter."), [],
                "Linkerd's exporters; metrics are always served by `admin`."),
            new InertKey("usage", "Linkerd's anonymous usage reports.", "Mesh reports nothing to anyone"),
            new UnsupportedKey("identity", "Certificates of this node."),
            new UnsupportedKey("federation", "Links to other clusters."),
        ],
        Build)
    { Rules = Check };

    private static MeshConfig Build(SectionView view) => new(
        view.Get(Admin),
        view.Get(Loops) ?? Math.Clamp(Environment.ProcessorCount, 1, MeshConfig.MaxLoops),
        view.Get(Transport),
        view.Get(Namers),
        view.Get(Routers))
    {
        BufferBudgetBytes = view.Get(BufferBudgetMB) is { } budget ? budget * BytesPerMB : null,
        Cluster = view.Find(Cluster) is null ? null : view.Get(Cluster),
        Journal = view.Find(Journal) is null ? null : view.Get(Journal),
        Services = view.Get(Services),
        Inbound = view.Find(Inbound) is null ? null : view.Get(Inbound),
    };

    private static void Check(SectionView view, CheckContext context)
    {
        ConflictRules.Check(view, context);
        ClusterRules.Check(view, context);
        ServiceRules.Check(view, context);
        InboundRules.Check(view, context);
    }

    /// <summary>The first items of a list key, whether or not they are right; empty where it is no list.</summary>
    public static IEnumerable<YamlNode> Items(SectionView view, Key key) =>
        view.Find(key) is YamlSequence sequence ? sequence.Items.Take(Schema.Lists.MaxItems) : [];
}
