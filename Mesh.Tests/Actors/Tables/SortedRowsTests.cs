using Mesh.Actors.Tables;
using Xunit;

namespace Mesh.Tests.Actors.Tables;

/// <summary>The rows of a snapshot: beside a plain sorted dictionary, whatever is done to both.</summary>
public sealed class SortedRowsTests
{
    private readonly SortedDictionary<(string Key, ulong Owner), RowView<int>> _model = new(Comparer<(string Key, ulong Owner)>.Create(
        static (left, right) => string.CompareOrdinal(left.Key, right.Key) is not 0 and var order ? order : left.Owner.CompareTo(right.Owner)));

    private SortedRows<int> _rows = SortedRows<int>.Empty;

    [Theory]
    [InlineData(1, 40, 5_000)]
    [InlineData(2, 3_000, 5_000)]
    [InlineData(3, 1, 300)]
    [InlineData(4, 500, 700)]
    public void RandomBatches_LeaveWhatADictionaryHas(int seed, int batch, int keys)
    {
        Random random = new(seed);
        for (int round = 0; round < 60; round++)
        {
            // Every third ten rounds more goes than comes: chunks empty and join.
            bool shrinks = round / 10 % 3 == 2;
            Change(Enumerable.Range(0, batch).Select(_ => (Key(random.Next(keys)), (ulong)random.Next(2))).Distinct(), _ =>
                random.Next(10) < (shrinks ? 8 : 3) ? null : random.Next());
            IsAsTheModel();
        }
    }

    [Fact]
    public void EveryRow_IsFoundByPlace_AndAbsentOnesWhereTheyBelong()
    {
        Change(Enumerable.Range(0, 2_000).Select(static i => (Key(2 * i), 1UL)), static i => i);

        for (int i = 0; i < 2_000; i++)
        {
            Assert.Equal(i, _rows.PlaceOf(Key(2 * i), 1));
            Assert.Equal(i, _rows.PlaceOf(Key(2 * i), 0));
            Assert.Equal(i + 1, _rows.PlaceOf(Key(2 * i), 2));
            Assert.Equal(i + 1, _rows.PlaceOf(Key((2 * i) + 1), 0));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => _rows[2_000]);
        Assert.Throws<ArgumentOutOfRangeException>(() => _rows[-1]);
    }

    [Fact]
    public void FormerRows_StayAsTheyWere()
    {
        Change(Enumerable.Range(0, 1_000).Select(static i => (Key(i), 1UL)), static i => i);
        SortedRows<int> former = _rows;
        RowView<int>[] were = [.. former];

        Change(Enumerable.Range(0, 500).Select(static i => (Key(2 * i), 1UL)), static _ => null);

        Assert.Equal(were, former);
        Assert.Equal(500, _rows.Count);
    }

    [Fact]
    public void RemovingNearlyAll_RowByRow_FromEitherEnd_LeavesTheRest()
    {
        Change(Enumerable.Range(0, 3_000).Select(static i => (Key(i), 1UL)), static i => i);
        for (int i = 2_999; i >= 0; i--)
            if (i % 100 != 0) Change([(Key(i), 1UL)], static _ => null);
        IsAsTheModel();
        Assert.Equal(30, _rows.Count);
        for (int i = 0; i < 3_000; i += 100) Change([(Key(i), 1UL)], static _ => null);
        Assert.Empty(_rows);
    }

    [Fact]
    public void WhatIsChangedToNothing_AndWasNothing_IsNothing()
    {
        Change([(Key(1), 1UL)], static _ => 1);
        RowView<int> absent = new(Key(0), 1, 0, default, default);

        Assert.Equal(_rows, _rows.With([new RowChange<int>(absent, null)]));
        Assert.Empty(SortedRows<int>.Empty.With([new RowChange<int>(absent, null)]));
    }

    private static string Key(int number) => $"service-{number:D6}";

    /// <param name="rows">Each once.</param>
    /// <param name="value">By the number of the row; null: it goes.</param>
    private void Change(IEnumerable<(string Key, ulong Owner)> rows, Func<int, int?> value)
    {
        List<RowChange<int>> changes = [];
        foreach ((string key, ulong owner) in rows)
        {
            RowView<int>? before = _model.GetValueOrDefault((key, owner));
            RowView<int>? after = value(changes.Count) is { } put ? new RowView<int>(key, owner, put, default, default) : null;
            if (after is null) _model.Remove((key, owner));
            else _model[(key, owner)] = after;
            if (before is not null || after is not null) changes.Add(new RowChange<int>(before, after));
        }

        changes.Sort(static (left, right) => SortedRows<int>.Compare(SortedRows<int>.RowOf(left), SortedRows<int>.RowOf(right)));
        _rows = _rows.With([.. changes]);
    }

    private void IsAsTheModel()
    {
        Assert.Equal(_model.Values, _rows);
        Assert.Equal(_model.Count, _rows.Count);
        Assert.Equal(_model.Values, Enumerable.Range(0, _rows.Count).Select(i => _rows[i]));
    }
}
