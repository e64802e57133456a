using Mesh.Actors.Membership;

namespace Mesh.Actors.Tables;

/// <summary>How membership sees the owner of a row.</summary>
internal enum Standing
{
    /// <summary>Membership has not heard of it yet.</summary>
    Unknown,

    /// <summary>A member, but not one to be used: Joining, Exiting or Down.</summary>
    Hidden,

    Up,
    Leaving,
    Unreachable,

    /// <summary>It was removed; this uid never comes back.</summary>
    Gone,
}

/// <summary>Membership, by uid, as far as tables care.</summary>
internal sealed class OwnerBook
{
    /// <summary>Most removed uids that are remembered, the latest; of those forgotten, rows would wait in vain for membership.</summary>
    public const int MaxGone = 20_000;

    private readonly IMembership _membership;
    private readonly Dictionary<ulong, UniqueAddress> _known = [];
    private readonly HashSet<ulong> _gone = [];
    private readonly Queue<ulong> _goneInOrder = new();
    private (ClusterState? State, ulong Uid, Standing Standing) _last;

    public OwnerBook(IMembership membership)
    {
        _membership = membership;
        foreach (Member member in membership.State.Members) _known[member.UniqueAddress.Uid] = member.UniqueAddress;
        membership.Changed += OnChanged;
    }

    /// <summary>A member's standing may have changed.</summary>
    public event Action<UniqueAddress, ClusterEvent>? Changed;

    /// <summary>Somebody leads the cluster: what this node and others agree on is not only an island's.</summary>
    public bool IsLed => _membership.State.Leader is not null;

    /// <summary>Whether membership has told of it and not of its removal. Cheaper than its standing.</summary>
    public bool Knows(ulong uid) => _known.ContainsKey(uid);

    /// <remarks>Rows of one owner come together: asked again about the same one, it answers what it said.</remarks>
    public Standing Of(ulong uid)
    {
        ClusterState state = _membership.State;
        if (!ReferenceEquals(_last.State, state) || _last.Uid != uid) _last = (state, uid, Find(state, uid));
        return _last.Standing;
    }

    private Standing Find(ClusterState state, ulong uid)
    {
        if (uid == state.Self.Uid) return Standing.Up;
        if (_gone.Contains(uid)) return Standing.Gone;
        if (!_known.TryGetValue(uid, out UniqueAddress? node) || state.Find(node) is not { } member) return Standing.Unknown;
        return member.Status switch
        {
            // Nobody leads who could let in what came after it: it may be a node that lost its membership with the rest of the core, and serves on.
            MemberStatus.Down when state.Leader is null => Standing.Unreachable,
            MemberStatus.Joining or MemberStatus.Exiting or MemberStatus.Down or MemberStatus.Removed => Standing.Hidden,
            _ when !state.IsReachable(node) => Standing.Unreachable,
            MemberStatus.Leaving => Standing.Leaving,
            _ => Standing.Up,
        };
    }

    /// <summary>Whether an owner's rows are to be used, first or last.</summary>
    public bool IsUsable(ulong uid) => Of(uid) is Standing.Up or Standing.Leaving or Standing.Unreachable;

    public void Close() => _membership.Changed -= OnChanged;

    private void OnChanged(ClusterEvent change)
    {
        Member? member = change switch
        {
            ClusterEvent.MemberEvent status => status.Member,
            ClusterEvent.UnreachableMember unreachable => unreachable.Member,
            ClusterEvent.ReachableMember reachable => reachable.Member,
            _ => null,
        };
        if (member is null) return;
        _last = default;
        if (change is ClusterEvent.MemberRemoved) Forget(member.UniqueAddress.Uid);
        else _known[member.UniqueAddress.Uid] = member.UniqueAddress;
        Changed?.Invoke(member.UniqueAddress, change);
    }

    private void Forget(ulong uid)
    {
        _known.Remove(uid);
        if (!_gone.Add(uid)) return;
        _goneInOrder.Enqueue(uid);
        if (_goneInOrder.Count > MaxGone) _gone.Remove(_goneInOrder.Dequeue());
    }
}
