using System.Collections.Immutable;
using Mesh.Actors.Control;
using Mesh.Actors.Membership.Protocol;
using Mesh.Actors.Membership.Records;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Membership.Spreading;

/// <summary>
/// Finds what gossip lost: 64 hashes to another member, digests of the buckets that differ back, then the records either side lacks. A push/pull
/// leaves out the digests and moves whole buckets. Also with unreachable members, or a healed partition would never be seen.
/// </summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class StatusExchange
{
    /// <summary>Subjects in one message of digests; further buckets wait for the next comparison.</summary>
    public const int MaxDigests = 3000;

    /// <summary>Push/pulls answered within a second.</summary>
    public const int MaxPushPullsPerSecond = 4;

    /// <summary>A seed that no member is known at is called on after so many healing intervals.</summary>
    private const int StrangersEvery = 4;

    /// <summary>A cluster in which comparing with anybody costs too many connections: mostly neighbours are asked.</summary>
    private const int ManyMembers = 32;

    private readonly MembershipCore _core;
    private readonly Spreader _spreader;
    private ControlTimer? _statusTimer;
    private ControlTimer? _pushPullTimer;
    private TimeSpan _healedAt;
    private TimeSpan _strangersAt;
    private TimeSpan _windowBegan;
    private int _answered;
    private int _turn;

    public StatusExchange(MembershipCore core, Spreader spreader)
    {
        (_core, _spreader) = (core, spreader);
        INodeMessenger messenger = core.Services.Messenger;
        messenger.Handle<GossipStatus>(OnStatus);
        messenger.Handle<GossipDigests>(OnDigests);
        messenger.Handle<PushPullEnd>(OnPushPullEnd);
    }

    /// <summary>Addresses at which somebody of this cluster may live whom nobody here knows.</summary>
    public required Func<ImmutableArray<Address>> Strangers { get; init; }

    public void Start()
    {
        Stop();
        _healedAt = _strangersAt = _core.Loop.Now;
        ArmStatus();
        ArmPushPull();
    }

    public void Stop()
    {
        _statusTimer?.Cancel();
        _pushPullTimer?.Cancel();
    }

    /// <summary>Compares with that process now.</summary>
    public void Compare(UniqueAddress with, bool full = false) => _spreader.Send(with, StatusNow(full));

    private GossipStatus StatusNow(bool full)
    {
        var status = new GossipStatus { Cluster = _core.ClusterTag, CoreHash = _core.CoreHashToTell, Full = full };
        foreach (ulong sum in _core.Table.Hashes.Sums) status.Buckets.Add(sum);
        return status;
    }

    private void ArmStatus()
    {
        double jitter = 0.9 + (0.2 * _core.Loop.Random.NextDouble());
        _statusTimer = _core.Loop.After(_core.Settings.StatusInterval * jitter, () =>
        {
            CompareWithSomebody();
            if (_core.IsMember) ArmStatus();
        });
    }

    private void ArmPushPull()
    {
        double jitter = 0.8 + (0.4 * _core.Loop.Random.NextDouble());
        TimeSpan interval = SpreadMath.PushPullInterval(_core.Table.Members.Count, _core.Settings.PushPullInterval);
        _pushPullTimer = _core.Loop.After(interval * jitter, () =>
        {
            if (!_core.IsMember) return;
            if (Reachable() is { } peer)
            {
                _core.Counters.PushPulls++;
                Compare(peer, full: true);
            }

            ArmPushPull();
        });
    }

    private void CompareWithSomebody()
    {
        if (!_core.IsMember) return;
        _core.Table.Tombstones.Expire(_core.Loop.Now);
        ClusterState state = _core.State;
        if (Reachable() is { } peer) Compare(peer);
        bool core = _core.SelfRecord is { IsCore: true };
        if (core && state.Leader is { } leader && leader != _core.Self) Compare(leader);
        if (core) CallOnStrangers();
        if (_core.Loop.Now - _healedAt < _core.Settings.HealingInterval) return;
        _healedAt = _core.Loop.Now;
        ImmutableArray<UniqueAddress> lost = Lost(state);
        if (!lost.IsEmpty) Contact(lost[_core.Loop.Random.Next(lost.Length)].Address);
    }

    /// <summary>
    /// The unreachable; and the downed where nobody leads who would remove them: a later process at their address may have founded the cluster anew.
    /// </summary>
    private static ImmutableArray<UniqueAddress> Lost(ClusterState state)
    {
        if (state.Leader is not null) return state.Unreachable;
        IEnumerable<Member> downed = state.Members.Where(static member => member.Status == MemberStatus.Down);
        return [.. state.Unreachable.Union(downed.Select(static member => member.UniqueAddress))];
    }

    /// <summary>One that nobody knows, now and then: where nobody lives it costs a refused connection.</summary>
    private void CallOnStrangers()
    {
        if (_core.Loop.Now - _strangersAt < _core.Settings.HealingInterval * StrangersEvery) return;
        _strangersAt = _core.Loop.Now;
        ImmutableArray<Address> strangers = Strangers();
        if (!strangers.IsEmpty) Contact(strangers[_core.Loop.Random.Next(strangers.Length)]);
    }

    /// <remarks>Whoever listens there now: it may be a later process, in the same cluster that was founded anew.</remarks>
    private void Contact(Address address)
    {
        GossipStatus status = StatusNow(full: false);
        _core.Counters.MessagesSent++;
        _core.Counters.BytesSent += status.CalculateSize();
        _core.Services.Messenger.Contact(address, status);
    }

    private UniqueAddress? Reachable()
    {
        ClusterState state = _core.State;
        bool neighbour = state.Members.Length > ManyMembers && ++_turn % 5 != 0 && !state.Neighbours.IsEmpty;
        if (neighbour) return state.Neighbours[_core.Loop.Random.Next(state.Neighbours.Length)];
        for (int i = 0; i < 8 && !state.Members.IsEmpty; i++)
        {
            UniqueAddress drawn = state.Members[_core.Loop.Random.Next(state.Members.Length)].UniqueAddress;
            if (drawn != _core.Self && state.IsReachable(drawn)) return drawn;
        }

        return state.Neighbours.IsEmpty ? null : state.Neighbours[_core.Loop.Random.Next(state.Neighbours.Length)];
    }

    private void OnStatus(UniqueAddress from, GossipStatus message)
    {
        if (!_spreader.Hear(from, message, message.Cluster, message.CoreHash)) return;
        ulong mask = _core.Table.Hashes.Differences(message.Buckets);
        if (mask == 0)
        {
            if (message.CoreHash != 0 && message.CoreHash == _core.CoreHashToTell) return;
            if (message.CoreHash != 0 && _core.CoreHashToTell != 0)
                _spreader.Send(from, new CoreSeen { Cluster = _core.ClusterTag, CoreHash = _core.CoreHashToTell });
            return;
        }

        if (message.Full) PushPull(from, mask);
        else _spreader.Send(from, DigestsOf(mask));
    }

    private GossipDigests DigestsOf(ulong mask)
    {
        int expected = Math.Max(1, (_core.Table.Members.Count + _core.Table.Tombstones.Count) / BucketHashes.Count64);
        int buckets = Math.Max(1, MaxDigests / expected * 3 / 4);
        for (int i = _core.Loop.Random.Next(BucketHashes.Count64); ulong.PopCount(mask) > (ulong)buckets; i = (i + 1) % BucketHashes.Count64)
            mask &= ~(1UL << i);
        var message = new GossipDigests { Cluster = _core.ClusterTag, Mask = mask, CoreHash = _core.CoreHashToTell };
        foreach (ulong subject in SubjectsIn(mask))
        {
            message.Subjects.Add(subject);
            message.Hashes.Add(_core.Table.HashOf(subject));
        }

        return message;
    }

    private IEnumerable<ulong> SubjectsIn(ulong mask)
    {
        foreach (MemberRecord member in _core.Table.Members)
        {
            if (BucketHashes.IsIn(member.Uid, mask)) yield return member.Uid;
        }

        foreach (Tombstone tombstone in _core.Table.Tombstones.Spread)
        {
            if (BucketHashes.IsIn(tombstone.Node.Uid, mask)) yield return tombstone.Node.Uid;
        }
    }

    /// <summary>Sends what the other lacks or has otherwise, and asks for what we do.</summary>
    private void OnDigests(UniqueAddress from, GossipDigests message)
    {
        if (!_spreader.Hear(from, message, message.Cluster, message.CoreHash)) return;
        if (message.Subjects.Count != message.Hashes.Count)
        {
            _core.Counters.Malformed++;
            return;
        }

        _core.Loop.Reached("digests differed");
        Dictionary<ulong, ulong> theirs = [];
        List<ulong> differ = [];
        for (int i = 0; i < message.Subjects.Count; i++)
        {
            theirs[message.Subjects[i]] = message.Hashes[i];
            if (_core.Table.HashOf(message.Subjects[i]) != message.Hashes[i]) differ.Add(message.Subjects[i]);
        }

        List<ulong> ours = [.. SubjectsIn(message.Mask).Where(subject => !theirs.ContainsKey(subject))];
        if (differ.Count > 0)
        {
            var wanted = new Gossip { Cluster = _core.ClusterTag, CoreHash = _core.CoreHashToTell };
            wanted.Wanted.AddRange(differ);
            _spreader.Send(from, wanted);
        }

        _spreader.Answer(from, differ.Concat(ours));
    }

    private void PushPull(UniqueAddress from, ulong mask)
    {
        TimeSpan now = _core.Loop.Now;
        if (now - _windowBegan >= TimeSpan.FromSeconds(1)) (_windowBegan, _answered) = (now, 0);
        if (++_answered > MaxPushPullsPerSecond)
        {
            _core.Loop.Reached("push/pull refused");
            _core.Counters.PushPullsRefused++;
            return;
        }

        _core.Loop.Reached("push/pull found a difference");
        SendBuckets(from, mask);
        _spreader.Send(from, new PushPullEnd { Cluster = _core.ClusterTag, Mask = mask }, lane: Lane.Bulk);
    }

    private void OnPushPullEnd(UniqueAddress from, PushPullEnd message)
    {
        if (_spreader.Hear(from, message, message.Cluster)) SendBuckets(from, message.Mask);
    }

    /// <summary>All records of some buckets, in bounded messages on the lane for whole tables.</summary>
    public void SendBuckets(UniqueAddress to, ulong mask)
    {
        var batch = new RecordBatch(_core, _spreader, to, Lane.Bulk);
        foreach (ulong subject in SubjectsIn(mask).ToImmutableArray()) batch.AddSubject(subject);
        batch.Flush();
    }
}
