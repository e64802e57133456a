using FsCheck;
using FsCheck.Fluent;
using Mesh.Actors.Tables;
using Xunit;

namespace Mesh.Tests.Actors.Tables;

/// <summary>Whatever the order, the repetition and the grouping in which rows arrive: the same table.</summary>
public sealed class MergeLawTests
{
    private static readonly Gen<TableRow> MapRows =
        from key in Gen.Choose(0, 3)
        from epoch in Gen.Choose(0, 2)
        from sequence in Gen.Choose(1, 3)
        from content in Gen.Choose(0, 3)
        select content == 0
            ? TableRow.Tombstone(0, $"k{key}", new RowVersion((ulong)epoch, (ulong)sequence), default)
            : TableRow.Living(0, $"k{key}", new RowVersion((ulong)epoch, (ulong)sequence), new byte[] { (byte)content });

    /// <summary>As owners write: a version is used once, so its contents follow from it; some rows are collections.</summary>
    private static readonly Gen<TableRow> OwnerRows =
        from origin in Gen.Choose(1, 2)
        from sequence in Gen.Choose(1, 12)
        select (sequence % 4) switch
        {
            0 => TableRow.Living((ulong)origin, "", new RowVersion(0, (ulong)(sequence - 2)), default),
            1 => TableRow.Tombstone((ulong)origin, $"k{sequence % 3}", new RowVersion(0, (ulong)sequence), default),
            _ => TableRow.Living((ulong)origin, $"k{sequence % 3}", new RowVersion(0, (ulong)sequence), new byte[] { (byte)sequence }),
        };

    [Fact]
    public void Maps_AreCommutativeAssociativeIdempotent() => Laws(MapRows);

    [Fact]
    public void OwnerTables_AreCommutativeAssociativeIdempotent() => Laws(OwnerRows);

    [Fact]
    public void Hashes_FollowFromTheRowsAlone() => Prop.ForAll(MapRows.ArrayOf().ToArbitrary(), rows =>
    {
        Replica replica = Of(rows);
        Replica again = Of([.. replica.All()]);
        foreach (TableRow row in replica.All().ToArray()) replica.Remove(row);
        return Same(again, Of(rows)) && replica.Root == 0 && replica.Bytes == 0 && replica.Count == 0
            && Enumerable.Range(0, Replica.Buckets).All(bucket => replica.HashOf(bucket) == 0);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void StableHash_IsWrittenInStone()
    {
        Assert.Equal(2345237368032336978UL, TableRow.IdOf(0, "/svc/users"));
        Assert.NotEqual(TableRow.IdOf(1, "a"), TableRow.IdOf(2, "a"));
    }

    private static void Laws(Gen<TableRow> rows) => Prop.ForAll(
        rows.ArrayOf().ToArbitrary(), rows.ArrayOf().ToArbitrary(), rows.ArrayOf().ToArbitrary(), (a, b, c) =>
        {
            Replica left = Of(a), right = Of(b);
            Merge(left, b);
            Merge(right, a);
            Replica grouped = Of([.. Of(a).All(), .. Of([.. Of(b).All(), .. Of(c).All()]).All()]);
            Replica inRow = Of([.. a, .. b, .. c]);
            Replica twice = Of([.. a, .. a, .. b, .. a]);
            return Same(left, right) && Same(grouped, inRow) && Same(twice, left);
        }).QuickCheckThrowOnFailure();

    private static Replica Of(TableRow[] rows)
    {
        var replica = new Replica(new TableSettings());
        Merge(replica, rows);
        return replica;
    }

    private static void Merge(Replica replica, TableRow[] rows)
    {
        foreach (TableRow row in rows) replica.Apply(row, []);
    }

    private static bool Same(Replica left, Replica right) =>
        left.Root == right.Root && left.Count == right.Count && left.Bytes == right.Bytes
        && left.All().Zip(right.All()).All(pair => pair.First.Id == pair.Second.Id && pair.First.CompareTo(pair.Second) == 0);
}
