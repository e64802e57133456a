using Mesh.Actors.Membership.Protocol;
using Mesh.Actors.Membership.Records;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Membership.Spreading;

/// <summary>Records for one peer, sent in messages of at most <see cref="Spreader.MaxMessageBytes"/>.</summary>
internal sealed class RecordBatch(MembershipCore core, Spreader spreader, UniqueAddress to, Lane lane = Lane.Control)
{
    private Gossip? _message;
    private int _bytes;
    private int _records;

    /// <summary>All that is known about a subject, or that it was removed.</summary>
    public void AddSubject(ulong uid)
    {
        if (core.Table.Find(uid) is { } member) AddSubject(member);
        else if (core.Table.Tombstones.Find(uid) is { } tombstone) Add(tombstone);
    }

    public void AddSubject(MemberRecord member)
    {
        Add(member, member.WireSize + 4);
        foreach (ReachabilityRow row in core.Table.Rows.About(member.Node)) Add(row, 48);
    }

    public void Add(Tombstone tombstone) => Add(tombstone, 350);

    public void Flush()
    {
        if (_message is null) return;
        spreader.Send(to, _message, _records, lane);
        (_message, _bytes, _records) = (null, 0, 0);
    }

    private void Add(object record, int size)
    {
        if (_bytes + size > Spreader.MaxMessageBytes || (_records > 0 && core.Loop.Chance("one record a message"))) Flush();
        _message ??= new Gossip { Cluster = core.ClusterTag, CoreHash = core.CoreHashToTell };
        GossipQueue.Append(_message, record, core.Loop.Now);
        _bytes += size;
        _records++;
    }
}
