using System.Globalization;
using Mesh.Actors.Events;
using Mesh.Actors.Membership.Protocol;
using Mesh.Actors.Membership.Records;
using Mesh.Actors.Membership.Spreading;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Membership.Joining;

/// <summary>Lets joiners in, where this node is a member; refuses with a reason otherwise.</summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class Doorkeeper
{
    private readonly MembershipCore _core;
    private readonly Spreader _spreader;
    private readonly StatusExchange _exchange;

    public Doorkeeper(MembershipCore core, Spreader spreader, StatusExchange exchange)
    {
        (_core, _spreader, _exchange) = (core, spreader, exchange);
        core.Services.Messenger.Handle<Join>(OnJoin);
    }

    /// <summary>Whether a joiner may come through this node: it is in no way out, and sees who will admit.</summary>
    public bool IsOpen => _core.IsMember && _core.SelfRecord is { Status: <= MemberStatus.Up } && _core.State.Leader is not null;

    /// <summary>Null: name, id and settings agree.</summary>
    public JoinRefused? Check(string clusterName, string? clusterId, ulong configHash)
    {
        NodeHello hello = _core.Services.Messenger.Hello;
        if (clusterName != hello.ClusterName)
            return Refusal(JoinRefusal.OtherClusterName, $"this is cluster '{hello.ClusterName}', not '{clusterName}'");
        if (configHash != hello.ConfigHash)
        {
            return Refusal(JoinRefusal.OtherConfig, string.Create(
                CultureInfo.InvariantCulture,
                $"settings that must be equal everywhere differ: config hash {configHash:x16}, here {hello.ConfigHash:x16}"));
        }

        return clusterId is null || clusterId == _core.ClusterId
            ? null
            : Refusal(
                JoinRefusal.OtherClusterId,
                $"its state belongs to cluster {clusterId}, this is {_core.ClusterId}; a node moves by clearing its state");
    }

    private static JoinRefused Refusal(JoinRefusal reason, string text) => new() { Reason = (uint)reason, Text = text };

    private void OnJoin(UniqueAddress from, Join message)
    {
        _core.Counters.MessagesReceived++;
        if (_core.HasEnded) return;
        JoinRefused? refusal = Refuse(from, message);
        if (refusal is not null)
        {
            _core.Counters.JoinsRefused++;
            _core.Log(LogLevel.Warning, $"{from} may not join: {refusal.Text}");
            _spreader.Send(from, refusal);
            _core.Commit();
            return;
        }

        MemberRecord record = message.Member.Record!;
        _core.Counters.JoinsAccepted++;
        _core.Accept(new MemberRecord(from, record.Meta, MemberStatus.Joining, Member.NotUp), _core.Self.Uid);
        _core.Commit();
        Welcome(from);
    }

    private JoinRefused? Refuse(UniqueAddress from, Join message)
    {
        if (!IsOpen) return Refusal(JoinRefusal.NotReady, "this node cannot let anybody in now");
        if (Check(message.ClusterName, message.ClusterId.Length == 0 ? null : message.ClusterId, message.ConfigHash) is { } mismatch) return mismatch;
        if (message.Member?.Record is not { } record || record.Uid != from.Uid) return Refusal(JoinRefusal.Malformed, "it does not say who it is");
        if (_core.Table.Tombstones.Has(from.Uid) || _core.Table.Find(from.Uid) is { Status: MemberStatus.Down })
            return Refusal(JoinRefusal.Removed, "this process was removed; it needs a new start");
        if (_core.Table.Members.Count >= MemberTable.MaxMembers) return Refusal(JoinRefusal.Full, $"{MemberTable.MaxMembers} members are the most");
        return RefuseOldProcess(from, record);
    }

    /// <remarks>Down first and removed, then the new one: at no time do two processes of one address take part.</remarks>
    private JoinRefused? RefuseOldProcess(UniqueAddress from, MemberRecord joiner)
    {
        JoinRefused? refusal = null;
        foreach (MemberRecord other in _core.Table.At(from.Address).ToArray())
        {
            if (other.Uid == from.Uid) continue;
            if (other.Meta.Started > joiner.Meta.Started && _core.State.IsReachable(other.Node) && other.Status < MemberStatus.Exiting)
                return Refusal(JoinRefusal.OldProcess, $"a process that started later, {other.Node}, is there");
            _core.Loop.Reached("a new process took an address");
            _core.Raise(other.Node, MemberStatus.Down, reason: $"process {from.Uid:x16} listens at its address now");
            refusal ??= Refusal(JoinRefusal.OldProcess, $"{other.Node} is being removed first");
        }

        return refusal;
    }

    /// <summary>The whole state, the core first: what fits with the answer, the rest on the lane for whole tables.</summary>
    private void Welcome(UniqueAddress joiner)
    {
        var records = new Gossip { Cluster = _core.ClusterTag, CoreHash = _core.CoreHashToTell };
        int bytes = 0;
        foreach (MemberRecord member in _core.Table.Members.Where(each => each.IsCore || each.Uid == joiner.Uid || each.Uid == _core.Self.Uid))
        {
            bytes += member.WireSize + 4;
            if (bytes > Spreader.MaxMessageBytes && member.Uid != joiner.Uid) continue;
            records.Members.Add(member.Wire);
        }

        _spreader.Send(joiner, new Welcome { ClusterId = _core.ClusterId, Records = records }, records.Members.Count);
        _exchange.SendBuckets(joiner, ulong.MaxValue);
    }
}
