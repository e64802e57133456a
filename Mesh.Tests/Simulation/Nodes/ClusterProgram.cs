using System.Text;
using Mesh.Actors.Clustering;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Detection;
using Mesh.Actors.Membership.Seeds;
using Mesh.Actors.Remoting;
using Mesh.Actors.Tables;
using Mesh.Tests.Simulation.Runs;

namespace Mesh.Tests.Simulation.Nodes;

/// <summary>The protocols of a real node, joined by the node's own <see cref="ClusterProtocols"/>; with entities, if the run has them.</summary>
internal sealed class ClusterProgram : SimProgram
{
    private readonly SimProcess _process;
    private readonly ClusterProtocols _protocols;

    /// <param name="process">In which process.</param>
    /// <param name="scenario">Varies the timers.</param>
    /// <param name="seeds">Where the cluster is looked for.</param>
    /// <param name="expect">How many seeds found it.</param>
    /// <param name="onRow">Hears of every change of a row that a subscriber would.</param>
    /// <param name="entities">Makes what the process does with entities; null: nothing.</param>
    public ClusterProgram(
        SimProcess process, Scenario scenario, IReadOnlyList<SeedAddress> seeds, int expect,
        Action<SimProcess, string, RowChange<string>>? onRow = null, Func<SimProcess, ClusterMembership, EntityHost>? entities = null)
    {
        _process = process;
        NodeHello hello = process.Messenger.Hello;
        var facts = new NodeFacts(hello.Name, hello.Roles, hello.AppVersion);
        var settings = new ClusterSettings
        {
            Membership = MembershipOf(scenario, process.Machine.IsCore ? expect : 0),
            Detector = DetectorOf(scenario),
            Tables = TablesOf(scenario),
        };
        _protocols = new ClusterProtocols(process.Services, settings, facts, new StaticSeeds(seeds));
        Owned = _protocols.Tables.OpenOwnerTable("owned", TextCodec.Instance);
        Map = _protocols.Tables.OpenMap("map", TextCodec.Instance);
        _protocols.Membership.Changed += OnChanged;
        Entities = entities?.Invoke(process, _protocols.Membership);
        if (onRow is null) return;
        Owned.Watch(change => Array.ForEach([.. change.Changes], each => onRow(process, "owned", each)));
        Map.Watch(change => Array.ForEach([.. change.Changes], each => onRow(process, "map", each)));
    }

    public override IMembership Membership => _protocols.Membership;

    public ClusterProtocols Protocols => _protocols;

    /// <summary>Null in runs without.</summary>
    public EntityHost? Entities { get; }

    public OwnerTable<string> Owned { get; }

    public ReplicatedMap<string> Map { get; }

    /// <summary>Owner rows that this process wrote and did not remove.</summary>
    public SortedDictionary<string, string> Written { get; } = new(StringComparer.Ordinal);

    public override void Start() => _protocols.Start();

    public override void Leave()
    {
        if (Entities is null) Go();
        else Entities.HandOver(Go);

        void Go() => _protocols.Membership.Leave(_process.Self);
    }

    private void OnChanged(ClusterEvent change)
    {
        Entities?.OnChanged(change);
        if (change is ClusterEvent.LeaderChanged) return;
        if (_process.World.NotesOn) _process.World.Note(_process, Text(change));
        if (change is not ClusterEvent.SelfRemoved) return;
        Entities?.Stop();
        _protocols.Stop(() => WantsToEnd = true);
    }

    private static MembershipSettings MembershipOf(Scenario scenario, int expect) => new()
    {
        GossipInterval = scenario.Vary("gossip", MembershipSettings.DefaultGossipInterval),
        StatusInterval = scenario.Vary("status", MembershipSettings.DefaultStatusInterval),
        HealingInterval = scenario.Vary("healing", MembershipSettings.DefaultHealingInterval),
        PushPullInterval = scenario.Vary("push/pull", MembershipSettings.DefaultPushPullInterval),
        LeaderInterval = scenario.Vary("leader", MembershipSettings.DefaultLeaderInterval),
        WeaklyUpAfter = scenario.Vary("weakly up", MembershipSettings.DefaultWeaklyUpAfter),
        SeedTimeout = scenario.Vary("seed", MembershipSettings.DefaultSeedTimeout),
        JoinRetry = scenario.Vary("join retry", MembershipSettings.DefaultJoinRetry),
        EdgeRemovalAfter = scenario.Vary("edge removal", TimeSpan.FromMinutes(2)),
        BootstrapExpect = expect,
    };

    private static DetectorSettings DetectorOf(Scenario scenario) => new()
    {
        CoreHeartbeat = scenario.Vary("core heartbeat", DetectorSettings.DefaultCoreHeartbeat),
        EdgeHeartbeat = scenario.Vary("edge heartbeat", DetectorSettings.DefaultEdgeHeartbeat),
        AcceptablePause = scenario.Vary("acceptable pause", DetectorSettings.DefaultAcceptablePause),
        ProbeTimeout = scenario.Vary("probe", DetectorSettings.DefaultProbeTimeout),
        SuspicionBase = scenario.Vary("suspicion", DetectorSettings.DefaultSuspicionTime),
    };

    private static TableSettings TablesOf(Scenario scenario)
    {
        var usual = new TableSettings();
        return usual with
        {
            DeltaInterval = scenario.Vary("delta", usual.DeltaInterval),
            SyncInterval = scenario.Vary("sync", usual.SyncInterval),
            SaveInterval = scenario.Vary("save", usual.SaveInterval),
        };
    }

    private string Text(ClusterEvent change) => change switch
    {
        ClusterEvent.MemberRemoved removed => $"removed {Name(removed.Member)}, was {removed.PreviousStatus}",
        ClusterEvent.MemberEvent each => $"{each.Member.Status} {Name(each.Member)}",
        ClusterEvent.UnreachableMember lost => $"unreachable {Name(lost.Member)}",
        ClusterEvent.ReachableMember found => $"reachable {Name(found.Member)}",
        ClusterEvent.SelfRemoved self => $"is out: {self.Reason}",
        _ => change.GetType().Name,
    };

    private string Name(Member member) =>
        _process.Machine.Network.Find(member.Address) is { } machine ? $"{machine}#{member.UniqueAddress.Uid:x16}"[..9] : "?";

    private sealed class TextCodec : IRowCodec<string>
    {
        public static readonly TextCodec Instance = new();

        public ReadOnlyMemory<byte> Encode(string row) => Encoding.UTF8.GetBytes(row);

        public bool TryDecode(ReadOnlyMemory<byte> bytes, out string? row)
        {
            row = Encoding.UTF8.GetString(bytes.Span);
            return true;
        }
    }
}
