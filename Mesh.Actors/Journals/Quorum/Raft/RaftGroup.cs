using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors.Journals.Quorum.Protocol;

namespace Mesh.Actors.Journals.Quorum.Raft;

/// <summary>A member of the group.</summary>
/// <param name="Name">A label for people.</param>
/// <param name="IsVoter">False: a learner, which gets everything and counts for nothing.</param>
internal sealed record RaftMember(string Name, bool IsVoter);

/// <summary>Who belongs to the group and who votes. Immutable; it changes by one member at a time.</summary>
internal sealed class RaftGroup
{
    private readonly ImmutableSortedDictionary<ulong, RaftMember> _members;

    public RaftGroup(ImmutableSortedDictionary<ulong, RaftMember> members)
    {
        _members = members;
        Voters = [.. members.Where(each => each.Value.IsVoter).Select(each => each.Key)];
    }

    public static RaftGroup Empty { get; } = new(ImmutableSortedDictionary<ulong, RaftMember>.Empty);

    /// <summary>In order of id.</summary>
    public IReadOnlyDictionary<ulong, RaftMember> Members => _members;

    /// <summary>In order of id.</summary>
    public ImmutableArray<ulong> Voters { get; }

    /// <summary>How many votes decide; more than all when there are no voters.</summary>
    public int Quorum => (Voters.Length / 2) + 1;

    public bool IsVoter(ulong id) => Voters.BinarySearch(id) >= 0;

    public bool Contains(ulong id) => _members.ContainsKey(id);

    public RaftGroup With(ulong id, string name, bool voter) => new(_members.SetItem(id, new RaftMember(name, voter)));

    public RaftGroup Without(ulong id) => new(_members.Remove(id));

    /// <summary>Any two quorums of the two groups share a voter: at most one voter came, or went, or neither.</summary>
    public bool IsOneStepFrom(RaftGroup other) => Voters.Except(other.Voters).Count() + other.Voters.Except(Voters).Count() <= 1;

    public RaftGroupRecord ToRecord()
    {
        var record = new RaftGroupRecord();
        foreach ((ulong id, RaftMember member) in _members)
            record.Members.Add(new RaftMemberRecord { Id = id, Name = member.Name, Voter = member.IsVoter });
        return record;
    }

    public static RaftGroup Of(RaftGroupRecord record) =>
        new(record.Members.ToImmutableSortedDictionary(each => each.Id, each => new RaftMember(each.Name, each.Voter)));

    public static RaftGroup Of(RaftEntry entry) => Of(RaftGroupRecord.Parser.ParseFrom(entry.Data));

    public ByteString ToBytes() => ToRecord().ToByteString();

    public override string ToString() => string.Join(" ", _members.Select(each => $"{each.Value.Name}{(each.Value.IsVoter ? "" : "(learner)")}"));
}
