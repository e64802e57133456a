using Mesh.Actors.Journals.Quorum.Protocol;

namespace Mesh.Actors.Journals.Quorum.Group;

/// <summary>Which process speaks for a raft id now: what nodes say of themselves, the latest boot winning.</summary>
internal sealed class PeerBook
{
    /// <summary>Ids remembered: members of the group, and stores that were. The longest known of the others goes first.</summary>
    public const int MaxPeers = 256;

    private readonly SortedDictionary<ulong, Peer> _peers = [];

    /// <param name="Node">The process.</param>
    /// <param name="Boot">Of its store.</param>
    /// <param name="Name">A label for people.</param>
    /// <param name="GroupId">Which group its store belongs to; 0 for none yet.</param>
    internal readonly record struct Peer(UniqueAddress Node, long Boot, string Name, ulong GroupId)
    {
        /// <summary>Why it does not vote or lead, as it said last; empty: it does.</summary>
        public string Trouble { get; init; } = "";
    }

    /// <summary>In order of id.</summary>
    public IReadOnlyDictionary<ulong, Peer> Peers => _peers;

    public void Learn(ulong id, Peer peer, Func<ulong, bool> isMember)
    {
        if (_peers.TryGetValue(id, out Peer known) && known.Boot > peer.Boot) return;
        _peers[id] = peer.Name.Length == 0 && known.Name is not null ? peer with { Name = known.Name, Trouble = known.Trouble } : peer;
        if (_peers.Count <= MaxPeers) return;
        foreach (ulong other in _peers.Keys.ToArray())
        {
            if (other == id || isMember(other)) continue;
            _peers.Remove(other);
            return;
        }
    }

    public string TroubleOf(ulong id) => _peers.TryGetValue(id, out Peer peer) ? peer.Trouble : "";

    public UniqueAddress? NodeOf(ulong id) => _peers.TryGetValue(id, out Peer peer) ? peer.Node : null;

    public static QuorumAddress ToMessage(UniqueAddress node) => new()
    {
        System = node.Address.System,
        Host = node.Address.Host ?? "",
        Port = node.Address.Port ?? 0,
        Uid = node.Uid,
    };

    public static UniqueAddress From(QuorumAddress node) =>
        new(new Address(node.System, node.Host.Length == 0 ? null : node.Host, node.Port == 0 ? null : node.Port), node.Uid);
}
