using System.Diagnostics;
using Mesh.Wire;

namespace Mesh.Routing.Balancing;

/// <summary>
/// A table whose cells the endpoints take in turns, each the next free one of its own random order of all cells (Eisenbud 2016, section 3.4).
/// Shares are as exact as cells allow; a change of the set moves a few keys more than a ring does.
/// </summary>
/// <remarks>
/// Hot path: a lookup is one read. Turns come as weights say and evenly spread: of weight w the j-th is due at (j + 1/2) / w. Endpoints take
/// turns in the order of their hashes, whatever order they were given in.
/// </remarks>
internal sealed class MaglevTable : IHashTable<MaglevTable>
{
    /// <summary>A prime: 128 KiB a table, and shares to 1 % for up to 650 endpoints. The paper's small one.</summary>
    internal const int Cells = 65_537;

    private readonly ushort[] _cells;

    private MaglevTable(ushort[] cells) => _cells = cells;

    public static MaglevTable Build(ReadOnlySpan<ulong> identities, ReadOnlySpan<double> relativeWeights)
        => Build(identities, relativeWeights, Cells);

    /// <param name="identities">A stable hash of each endpoint's address.</param>
    /// <param name="relativeWeights">Of average 1.</param>
    /// <param name="size">Cells: a prime, and no fewer than endpoints.</param>
    internal static MaglevTable Build(ReadOnlySpan<ulong> identities, ReadOnlySpan<double> relativeWeights, int size)
    {
        Debug.Assert(identities.Length <= size && size <= Cells, "each endpoint needs a cell, and 16 bits name it");
        int[] turns = Turns(identities, relativeWeights, size);
        var at = new int[identities.Length];
        var skip = new int[identities.Length];
        for (int index = 0; index < identities.Length; index++)
        {
            var random = new SplitMix64(identities[index]);
            at[index] = random.Next(size);
            skip[index] = 1 + random.Next(size - 1);
        }

        var cells = new ushort[size];
        Array.Fill(cells, ushort.MaxValue);
        foreach (int index in turns)
        {
            int cell = at[index];
            while (cells[cell] != ushort.MaxValue) cell = Step(cell, skip[index], size);
            cells[cell] = (ushort)index;
            at[index] = Step(cell, skip[index], size);
        }

        return new MaglevTable(cells);
    }

    public HashWalk Begin(ulong key)
    {
        int at = (int)(((key >> 32) * (ulong)_cells.Length) >> 32);
        return new HashWalk(at, 1 + (int)(((key & uint.MaxValue) * (ulong)(_cells.Length - 1)) >> 32));
    }

    public int Next(ref HashWalk walk)
    {
        int index = _cells[walk.At];
        walk.At = Step(walk.At, walk.Stride, _cells.Length);
        return index;
    }

    private static int Step(int cell, int skip, int size) => (cell += skip) >= size ? cell - size : cell;

    /// <summary>Whose turn it is, for each cell to take: sorted by when turns are due, by counting.</summary>
    private static int[] Turns(ReadOnlySpan<ulong> identities, ReadOnlySpan<double> relativeWeights, int size)
    {
        int[] order = [.. Enumerable.Range(0, identities.Length)];
        ulong[] keys = identities.ToArray();
        Array.Sort(keys, order);

        var wanted = new double[order.Length];
        var due = new int[2 * size];
        for (int index = 0; index < wanted.Length; index++)
        {
            wanted[index] = Wanted(relativeWeights[index], size, wanted.Length);
            for (int turn = 0; turn < Count(wanted[index]); turn++) due[Slot(turn, wanted[index], size)]++;
        }

        int sum = 0;
        foreach (ref int start in due.AsSpan()) (start, sum) = (sum, sum + start);
        var turns = new int[sum];
        foreach (int index in order)
            for (int turn = 0; turn < Count(wanted[index]); turn++)
                turns[due[Slot(turn, wanted[index], size)]++] = index;
        return turns[..size];
    }

    /// <summary>Cells by weight; of any weight at least one, which is due before half of all.</summary>
    private static double Wanted(double relativeWeight, int size, int endpoints)
        => relativeWeight > 0 ? Math.Max(1, relativeWeight * size / endpoints) : 0;

    /// <summary>One more than needed at times: the last round is cut where the cells end.</summary>
    private static int Count(double wanted) => wanted > 0 ? (int)wanted + 1 : 0;

    /// <summary>When a turn is due, in cells; below 1.5 times all.</summary>
    private static int Slot(int turn, double wanted, int size) => (int)((turn + 0.5) / wanted * size);
}
