using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors.Control;
using Mesh.Actors.Membership.Protocol;
using Mesh.Actors.Membership.Records;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Membership.Spreading;

/// <summary>
/// Tells neighbours what changed: dirty records go to a few of them each round, and rounds are only held while something waits, so that a quiet
/// cluster is silent.
/// </summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class Spreader
{
    /// <summary>A message of records; a control frame holds twice that.</summary>
    public const int MaxMessageBytes = 32 * 1024;

    /// <summary>How long the first change after a quiet time waits for others to go with it.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(10);

    private readonly MembershipCore _core;
    private readonly SortedDictionary<ulong, TimeSpan> _toldRemoved = [];
    private ControlTimer? _timer;
    private TimeSpan? _lastRound;
    private ulong _coreHashTold;

    public Spreader(MembershipCore core)
    {
        _core = core;
        core.Queued += Arm;
        INodeMessenger messenger = core.Services.Messenger;
        messenger.Handle<Gossip>(OnGossip);
        messenger.Handle<CoreSeen>(OnCoreSeen);
    }

    /// <summary>What each core member last said that it sees of the core.</summary>
    public SortedDictionary<ulong, ulong> Reported { get; } = [];

    /// <summary>When each member was last heard by membership itself.</summary>
    public SortedDictionary<ulong, TimeSpan> LastHeard { get; } = [];

    /// <summary>Sends and counts.</summary>
    public void Send(UniqueAddress to, IMessage message, int records = 0, Lane lane = Lane.Control)
    {
        _core.Counters.MessagesSent++;
        _core.Counters.BytesSent += message.CalculateSize();
        _core.Counters.RecordsSent += records;
        _core.Services.Messenger.Send(to, message, lane);
    }

    /// <summary>Counts a message and says whether it is of this cluster and of a process that may speak.</summary>
    public bool Hear(UniqueAddress from, IMessage message, ulong cluster, ulong coreHash = 0)
    {
        _core.Counters.MessagesReceived++;
        _core.Counters.BytesReceived += message.CalculateSize();
        if (!_core.IsMember) return false;
        if (cluster != _core.ClusterTag)
        {
            _core.Counters.OtherCluster++;
            return false;
        }

        if (TellIfRemoved(from)) return false;
        LastHeard[from.Uid] = _core.Loop.Now;
        if (coreHash != 0) Reported[from.Uid] = coreHash;
        return true;
    }

    /// <summary>Answers a process that was removed, at most once a second; it cannot know.</summary>
    public bool TellIfRemoved(UniqueAddress node)
    {
        if (_core.Table.Tombstones.Find(node.Uid) is not { } tombstone) return false;
        TimeSpan now = _core.Loop.Now;
        if (_toldRemoved.TryGetValue(node.Uid, out TimeSpan told) && now - told < TimeSpan.FromSeconds(1)) return true;
        if (_toldRemoved.Count > TombstoneTable.MaxTombstones) _toldRemoved.Clear();
        _toldRemoved[node.Uid] = now;
        _core.Counters.RemovedTold++;
        Send(node, new YouAreRemoved { Uid = node.Uid, Downed = tombstone.Downed, Reason = tombstone.Reason });
        return true;
    }

    /// <summary>Tells all that waits to every neighbour and core member at once: the last words of a node that ends.</summary>
    public void SendLastWords()
    {
        SortedSet<UniqueAddress> peers = [.. _core.State.Neighbours];
        foreach (MemberRecord record in _core.Table.Members)
        {
            if (record.IsCore && record.Uid != _core.Self.Uid && peers.Count < 64) peers.Add(record.Node);
        }

        foreach (UniqueAddress peer in peers) SendQueued(peer, transmissions: int.MaxValue);
    }

    public void Forget(ulong uid)
    {
        Reported.Remove(uid);
        LastHeard.Remove(uid);
    }

    public void Stop() => _timer?.Cancel();

    private void Arm()
    {
        if (_timer is not null || _core.HasEnded) return;
        TimeSpan since = _lastRound is { } last ? _core.Loop.Now - last : TimeSpan.MaxValue;
        TimeSpan wait = _core.Settings.GossipInterval - since;
        _timer = _core.Loop.After(wait > Gather ? wait : Gather, Round);
    }

    private void Round()
    {
        _timer = null;
        if (!_core.IsMember) return;
        _core.Commit();
        _lastRound = _core.Loop.Now;
        TellCore();
        int transmissions = SpreadMath.Transmissions(_core.Table.Members.Count, _core.Settings.RetransmitMultiplier);
        ImmutableArray<UniqueAddress> neighbours = _core.State.Neighbours;
        if (neighbours.IsEmpty) _core.Queue.Clear();
        int told = 0;
        foreach (int index in Shuffle(neighbours.Length))
        {
            if (told < _core.Settings.FanOut && SendQueued(neighbours[index], transmissions)) told++;
        }

        _core.Queue.DropKnown(neighbours);
        if (_core.Queue.Count > 0) Arm();
    }

    /// <summary>False: it knows all that waits.</summary>
    private bool SendQueued(UniqueAddress peer, int transmissions)
    {
        var message = new Gossip { Cluster = _core.ClusterTag, CoreHash = _core.CoreHashToTell };
        int bytes = _core.Loop.Chance("tiny gossip") ? 400 : MaxMessageBytes;
        _core.Queue.Fill(message, peer.Uid, transmissions, bytes, _core.Loop.Now);
        int records = message.Members.Count + message.Rows.Count + message.Tombstones.Count;
        if (records > 0) Send(peer, message, records);
        return records > 0;
    }

    /// <summary>The numbers below a count in an order of chance (Fisher and Yates).</summary>
    private int[] Shuffle(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = 0; i < count - 1; i++)
        {
            int other = i + _core.Loop.Random.Next(count - i);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }

    /// <summary>A core member whose view of the core changed says so to all the core: that is what the leader waits for.</summary>
    private void TellCore()
    {
        ulong hash = _core.CoreHashToTell;
        if (hash == _coreHashTold) return;
        _coreHashTold = hash;
        if (hash == 0) return;
        var message = new CoreSeen { Cluster = _core.ClusterTag, CoreHash = hash };
        foreach (MemberRecord record in _core.Table.Members)
        {
            if (record.IsCore && record.Uid != _core.Self.Uid && record.Status < MemberStatus.Down) Send(record.Node, message);
        }
    }

    private void OnCoreSeen(UniqueAddress from, CoreSeen message)
    {
        Hear(from, message, message.Cluster, message.CoreHash);
    }

    private void OnGossip(UniqueAddress from, Gossip message)
    {
        if (!Hear(from, message, message.Cluster, message.CoreHash)) return;
        Apply(from, message);
        if (message.Wanted.Count > 0) Answer(from, message.Wanted.Distinct().Take(StatusExchange.MaxDigests));
        _core.Commit();
    }

    /// <summary>Puts all records of a message into the table, and tells the sender of those among them that were removed.</summary>
    public void Apply(UniqueAddress from, Gossip message)
    {
        TimeSpan now = _core.Loop.Now;
        var batch = new RecordBatch(_core, this, from);
        foreach (TombstoneEntry entry in message.Tombstones)
        {
            Tombstone? tombstone = WireRecords.Read(entry, now, _core.Settings.TombstoneLife);
            Count(tombstone is null ? PutOutcome.Ignored : _core.Accept(tombstone, from.Uid));
        }

        foreach (MemberEntry entry in message.Members)
        {
            MemberRecord? record = entry.Record;
            if (record is null) _core.Counters.Malformed++;
            PutOutcome outcome = record is null ? PutOutcome.Ignored : _core.Accept(record, from.Uid);
            Count(outcome);
            if (outcome == PutOutcome.Buried) batch.Add(_core.Table.Tombstones.Find(record!.Uid)!);
        }

        foreach (RowEntry entry in message.Rows)
        {
            if (Read(entry) is { } row) Count(_core.Accept(row, from.Uid));
        }

        batch.Flush();
    }

    /// <summary>Sends all that is known about subjects.</summary>
    public void Answer(UniqueAddress to, IEnumerable<ulong> subjects)
    {
        var batch = new RecordBatch(_core, this, to);
        foreach (ulong subject in subjects) batch.AddSubject(subject);
        batch.Flush();
    }

    private ReachabilityRow? Read(RowEntry entry)
    {
        if (entry.Status is < (uint)ReachabilityStatus.Reachable or > (uint)ReachabilityStatus.Unreachable)
        {
            _core.Counters.Malformed++;
            return null;
        }

        MemberRecord? observer = _core.Table.Find(entry.Observer), subject = _core.Table.Find(entry.Subject);
        if (observer is null || subject is null) return null;
        return new ReachabilityRow(observer.Node, subject.Node, entry.SubjectIncarnation, (ReachabilityStatus)entry.Status, entry.Version);
    }

    private void Count(PutOutcome outcome)
    {
        _core.Counters.RecordsReceived++;
        if (outcome == PutOutcome.Changed) _core.Counters.RecordsApplied++;
    }
}
