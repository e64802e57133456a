using System.Collections.Immutable;
using Mesh.Actors.Membership.Protocol;

namespace Mesh.Actors.Membership.Records;

/// <summary>Records to messages and back. What breaks a bound is read as null: dropped and counted, never an error.</summary>
internal static class WireRecords
{
    /// <summary>Characters of a host, name, version or role.</summary>
    public const int MaxTextLength = 253;

    /// <summary>Characters of the line that says why a member is down.</summary>
    public const int MaxReasonLength = 200;

    /// <summary>Roles of a member.</summary>
    public const int MaxRoles = 16;

    public static NodeId Write(UniqueAddress node) => new()
    {
        System = node.Address.System, Host = node.Address.Host ?? "", Port = (uint)(node.Address.Port ?? 0), Uid = node.Uid,
    };

    public static UniqueAddress? Read(NodeId? node)
    {
        if (node is null || node.Port > ushort.MaxValue) return null;
        if (node.Host.Length is 0 or > MaxTextLength || node.System.Length is 0 or > MaxTextLength) return null;
        return new UniqueAddress(new Address(node.System, node.Host, (int)node.Port), node.Uid);
    }

    public static MemberEntry Write(MemberRecord record)
    {
        var entry = new MemberEntry
        {
            Node = Write(record.Node), Name = record.Meta.Name, AppVersion = record.Meta.AppVersion, Status = (uint)record.Status,
            UpNumber = record.UpNumber == Member.NotUp ? 0 : (uint)record.UpNumber,
            Incarnation = record.Meta.Incarnation, MetaVersion = record.Meta.Version, Started = record.Meta.Started,
            ReadyToExit = record.Meta.ReadyToExit, Reason = record.Reason,
        };
        entry.Roles.AddRange(record.Meta.Roles);
        return entry;
    }

    public static MemberRecord? Read(MemberEntry entry)
    {
        UniqueAddress? node = Read(entry.Node);
        bool sound = node is not null && entry.Status is >= (uint)MemberStatus.Joining and <= (uint)MemberStatus.Down && entry.UpNumber < int.MaxValue
            && entry.Name.Length <= MaxTextLength && entry.AppVersion.Length <= MaxTextLength && entry.Reason.Length <= MaxReasonLength
            && entry.Roles.Count <= MaxRoles && entry.Roles.All(role => role.Length <= MaxTextLength);
        if (!sound) return null;
        ImmutableArray<string> roles = [.. entry.Roles.Distinct().Order(StringComparer.Ordinal)];
        var meta = new MemberMeta(
            entry.Incarnation, entry.MetaVersion, entry.Started, entry.Name, new EquatableList<string>(roles), entry.AppVersion, entry.ReadyToExit);
        return new MemberRecord(node!, meta, (MemberStatus)entry.Status, entry.UpNumber == 0 ? Member.NotUp : (int)entry.UpNumber, entry.Reason);
    }

    public static RowEntry Write(ReachabilityRow row) => new()
    {
        Observer = row.Observer.Uid, Subject = row.Subject.Uid, SubjectIncarnation = row.SubjectIncarnation, Status = (uint)row.Status,
        Version = row.Version,
    };

    public static TombstoneEntry Write(Tombstone tombstone, TimeSpan now) => new()
    {
        Node = Write(tombstone.Node), AgeMs = (ulong)Math.Max(0, (now - tombstone.RemovedAt).TotalMilliseconds), Downed = tombstone.Downed,
        Reason = tombstone.Reason,
    };

    /// <returns>Null also when it is too old to matter.</returns>
    public static Tombstone? Read(TombstoneEntry entry, TimeSpan now, TimeSpan life)
    {
        UniqueAddress? node = Read(entry.Node);
        if (node is null || entry.Reason.Length > MaxReasonLength || entry.AgeMs >= life.TotalMilliseconds) return null;
        return new Tombstone(node, now - TimeSpan.FromMilliseconds(entry.AgeMs), entry.Downed, entry.Reason);
    }

    public static string CutReason(string reason) => reason.Length <= MaxReasonLength ? reason : reason[..MaxReasonLength];
}
