using Mesh.Actors.Control;
using Mesh.Actors.Downing;
using Mesh.Actors.Journals.Quorum;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Detection;
using Mesh.Actors.Membership.Seeds;
using Mesh.Actors.Remoting;
using Mesh.Actors.Sharding;
using Mesh.Actors.Tables;

namespace Mesh.Actors.Clustering;

/// <summary>
/// The protocols of one node that need nothing but its services: membership, detector, downing, tables, joined. A node runs exactly this over
/// sockets, a simulation over its own network.
/// </summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class ClusterProtocols
{
    /// <summary>A removed process is told so before sessions with it are refused: by then it knows, or never will.</summary>
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromSeconds(30);

    private readonly NodeServices _services;

    public ClusterProtocols(NodeServices services, ClusterSettings settings, NodeFacts facts, ISeedSource seeds)
    {
        _services = services;
        Membership = new ClusterMembership(services, settings.Membership, facts, seeds);
        Detector = new FailureDetector(services, settings.Detector, Membership, Membership);
        Downing = new DowningProvider(services, settings.Downing, Membership);
        Tables = new ReplicatedTables(services, settings.Tables, Membership);
        Membership.Changed += OnChanged;
    }

    /// <summary>Every message that nodes of this version exchange.</summary>
    public static MessageCatalog Catalog { get; } = new(
    [
        .. RemotingKinds.All, .. MembershipKinds.All, .. DetectorKinds.All, .. DowningKinds.All, .. TablesKinds.All, .. QuorumKinds.All,
        .. ShardingKinds.All,
    ]);

    public ClusterMembership Membership { get; }

    public FailureDetector Detector { get; }

    public DowningProvider Downing { get; }

    public ReplicatedTables Tables { get; }

    /// <summary>Looks for the cluster; tables that are to be loaded first were opened before.</summary>
    public void Start()
    {
        Membership.Start();
        Detector.Start();
        Downing.Start();
        Tables.Start();
    }

    /// <summary>Ends everything without a word, tables saved; leave in order first. Calls back on the loop.</summary>
    public void Stop(Action stopped)
    {
        Downing.Stop();
        Detector.Stop();
        Membership.Stop();
        Tables.Stop(stopped);
    }

    private void OnChanged(ClusterEvent change)
    {
        if (change is ClusterEvent.MemberRemoved removed && removed.Member.UniqueAddress != _services.Messenger.Self)
            _services.Loop.After(ForgetAfter, () => _services.Messenger.Forget(removed.Member.UniqueAddress));
    }
}
