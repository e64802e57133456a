using FsCheck;
using FsCheck.Fluent;
using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Protocol;
using Mesh.Actors.Membership.Records;
using Xunit;

namespace Mesh.Tests.Actors.Membership;

/// <summary>Views merge in any order, any number of times, to the same.</summary>
public sealed class RecordLawTests
{
    private static readonly UniqueAddress[] s_nodes =
        [.. Enumerable.Range(0, 6).Select(i => new UniqueAddress(new Address("mesh", $"h{i / 2}", 1), (ulong)i + 1))];

    private static readonly Gen<MemberMeta> Metas =
        from incarnation in Gen.Choose(1, 3)
        from version in Gen.Choose(0, 2)
        from name in Gen.Elements("a", "b")
        from core in Gen.Elements(true, false)
        from ready in Gen.Elements(true, false)
        select new MemberMeta((ulong)incarnation, (ulong)version, 1, name, core ? ["core"] : ["edge"], "1", ready);

    private static readonly Gen<MemberRecord> Records = RecordsOf(Gen.Constant(0));

    private static readonly Gen<ReachabilityRow> Rows =
        from incarnation in Gen.Choose(1, 3)
        from status in Gen.Choose(1, 3)
        from version in Gen.Choose(1, 3)
        select new ReachabilityRow(s_nodes[0], s_nodes[2], (ulong)incarnation, (ReachabilityStatus)status, (ulong)version);

    private static readonly Gen<Tombstone> Tombstones =
        from seconds in Gen.Choose(0, 3)
        from downed in Gen.Elements(true, false)
        from reason in Gen.Elements("", "x", "y")
        select new Tombstone(s_nodes[0], TimeSpan.FromSeconds(seconds), downed, reason);

    private static Gen<MemberRecord> RecordsOf(Gen<int> node) =>
        from index in node
        from meta in Metas
        from status in Gen.Choose(1, 6)
        from number in Gen.Elements(Member.NotUp, 1, 2)
        from reason in Gen.Elements("", "x", "y")
        select new MemberRecord(s_nodes[index], meta, (MemberStatus)status, number, reason);

    private static Gen<object> News => Gen.Frequency(
        (6, RecordsOf(Gen.Choose(0, 5)).Select(record => (object)record)),
        (1, Gen.Choose(0, 5).Select(index => (object)new Tombstone(s_nodes[index], TimeSpan.Zero, true, ""))));

    [Fact]
    public void Members_MergeAsALattice() => Lattice(Records, MemberRecord.Merge);

    [Fact]
    public void Rows_MergeAsALattice() => Lattice(Rows, RowMerge.Later);

    [Fact]
    public void Tombstones_MergeAsALattice() => Lattice(Tombstones, Tombstone.Merge);

    /// <summary>M1, M5, and what only the member writes comes from the later of its words.</summary>
    [Fact]
    public void Merged_IsNeverBehindEither() => Prop.ForAll(Records.Two().ToArbitrary(), pair =>
    {
        MemberRecord merged = MemberRecord.Merge(pair.Item1, pair.Item2);
        return merged.Status >= pair.Item1.Status && merged.UpNumber <= pair.Item1.UpNumber && MemberMeta.Compare(merged.Meta, pair.Item1.Meta) >= 0;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Members_SurviveTheWire() => Prop.ForAll(Records.ToArbitrary(), record =>
    {
        MemberRecord? read = MemberEntry.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(record.Wire)).Record;
        return record.Equals(read) && read.Hash == record.Hash;
    }).QuickCheckThrowOnFailure();

    /// <summary>
    /// Whatever came to each in whatever order: once they have told each other, two tables hold the same, and kept hashes are a fresh count's.
    /// </summary>
    [Fact]
    public void Tables_ThatToldEachOther_AreTheSame() => Prop.ForAll(News.ArrayOf().Two().ToArbitrary(), pair =>
    {
        MemberTable one = Fill(pair.Item1), other = Fill(pair.Item2);
        for (int round = 0; round < 3; round++)
        {
            Fill(one, Contents(other));
            Fill(other, Contents(one));
        }

        return Same(one, other) && Same(one, Fill(Contents(one)));
    }).QuickCheckThrowOnFailure();

    /// <summary>M2 and M3.</summary>
    [Fact]
    public void Tables_HoldNoBuriedMember_AndOneLivingProcessAnAddress()
    {
        Prop.ForAll(News.ArrayOf().ToArbitrary(), heard =>
        {
            MemberTable table = Fill(heard);
            return table.Members.All(member => !table.Tombstones.Has(member.Uid))
                && table.Members.Where(member => member.Status < MemberStatus.Down)
                    .GroupBy(member => member.Node.Address).All(group => group.Count() == 1);
        }).QuickCheckThrowOnFailure();
    }

    private static bool Same(MemberTable one, MemberTable other) =>
        one.Members.SequenceEqual(other.Members) && one.CoreHash == other.CoreHash && one.Hashes.Sums.SequenceEqual(other.Hashes.Sums);

    private static List<object> Contents(MemberTable table) => [.. table.Members, .. table.Tombstones.Spread];

    private static MemberTable Fill(IEnumerable<object> news) => Fill(new MemberTable(TimeSpan.FromHours(24)), news);

    private static MemberTable Fill(MemberTable table, IEnumerable<object> news)
    {
        foreach (object each in news)
        {
            if (each is MemberRecord record) table.Put(record);
            else table.Bury((Tombstone)each);
        }

        return table;
    }

    private static void Lattice<T>(Gen<T> values, Func<T, T, T> merge) => Prop.ForAll(values.Three().ToArbitrary(), triple =>
    {
        (T a, T b, T c) = triple;
        return Equals(merge(a, b), merge(b, a)) && Equals(merge(a, merge(b, c)), merge(merge(a, b), c)) && Equals(merge(a, a), a);
    }).QuickCheckThrowOnFailure();
}
