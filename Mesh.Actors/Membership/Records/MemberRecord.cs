using Mesh.Actors.Membership.Protocol;

namespace Mesh.Actors.Membership.Records;

/// <summary>
/// All that is known of one member: a lattice, so that views can be merged in any order, any number of times, and come to the same. Status goes
/// up, the up number goes down, what the member says of itself goes by its own counter.
/// </summary>
/// <param name="Node">Which process.</param>
/// <param name="Meta">What it says of itself.</param>
/// <param name="Status">How far its life has come; never Removed, which a <see cref="Tombstone"/> says.</param>
/// <param name="UpNumber"><see cref="Member.NotUp"/> before it was admitted.</param>
/// <param name="Reason">Why it is Down; empty otherwise.</param>
/// <remarks>
/// Immutable; one object may be held by the tables of many simulated nodes, hence what is derived from it is kept with it.
/// </remarks>
internal sealed record MemberRecord(UniqueAddress Node, MemberMeta Meta, MemberStatus Status, int UpNumber, string Reason = "")
{
    private Member? _member;
    private MemberEntry? _wire;
    private int _wireSize;
    private ulong _hash;

    /// <remarks>A changed copy derives anew.</remarks>
    private MemberRecord(MemberRecord original)
    {
        (Node, Meta, Status, UpNumber, Reason) = original;
        IsCore = original.IsCore;
    }

    public ulong Uid => Node.Uid;

    public bool IsCore { get; } = Meta.Roles.Items.Contains(Actors.Membership.Member.CoreRole);

    /// <summary>As other rooms see it.</summary>
    public Member Member => _member ??= new Member(Node, Meta.Name, Meta.Roles, Meta.AppVersion, Status, UpNumber, Meta.Incarnation);

    /// <summary>As it travels. Not to be changed.</summary>
    public MemberEntry Wire => _wire ??= WireRecords.Write(this);

    public int WireSize => _wireSize != 0 ? _wireSize : _wireSize = Wire.CalculateSize();

    /// <summary>Of everything in it; the same on every node.</summary>
    public ulong Hash => _hash != 0 ? _hash : _hash = ComputeHash();

    /// <summary>Both together. One of the two objects itself when it holds all that the other does.</summary>
    public static MemberRecord Merge(MemberRecord one, MemberRecord other)
    {
        if (ReferenceEquals(one, other)) return one;
        MemberMeta meta = MemberMeta.Later(one.Meta, other.Meta);
        int upNumber = Math.Min(one.UpNumber, other.UpNumber);
        bool first = one.Status != other.Status ? one.Status > other.Status : string.CompareOrdinal(one.Reason, other.Reason) >= 0;
        MemberRecord further = first ? one : other;
        if (upNumber == further.UpNumber && MemberMeta.Compare(meta, further.Meta) == 0) return further;
        return new MemberRecord(one.Node, meta, further.Status, upNumber, further.Reason);
    }

    public bool Equals(MemberRecord? other) =>
        ReferenceEquals(this, other)
        || (other is not null && Uid == other.Uid && Status == other.Status && UpNumber == other.UpNumber && Reason == other.Reason
            && Node.Address == other.Node.Address && Meta == other.Meta);

    public override int GetHashCode() => (int)Hash;

    /// <summary>For people and for failing tests.</summary>
    public override string ToString() =>
        $"{Node} {Meta.Name} {Status} up={UpNumber} meta={Meta.Incarnation}.{Meta.Version} started={Meta.Started} "
        + $"ready={Meta.ReadyToExit} [{Meta.Roles}] {Reason}";

    private ulong ComputeHash()
    {
        var hash = new StableHash();
        hash.Add(Uid);
        hash.Add((ulong)Status);
        hash.Add((ulong)UpNumber);
        hash.Add(Meta.Incarnation);
        hash.Add(Meta.Version);
        hash.Add(Meta.Started);
        hash.Add(Meta.ReadyToExit ? 1UL : 0);
        hash.Add(Meta.Name);
        hash.Add(Meta.AppVersion);
        foreach (string role in Meta.Roles) hash.Add(role);
        hash.Add(Reason);
        return hash.Value | 1;
    }
}
