using System.Collections.Immutable;

namespace Mesh.Routing.Dtabs;

/// <summary>What changed between two sequences: what is gone, what has come, what stayed, in order. Pure.</summary>
/// <remarks>The longest common subsequence of what differs in the middle; beyond <see cref="MaxCells"/> all of it is gone and has come.</remarks>
public static class SequenceDiff
{
    /// <summary>Most cells of the table: two middles of 2 000.</summary>
    public const int MaxCells = 4_000_000;

    /// <returns><c>-</c> with what is only in the old one, <c>+</c> with what is only in the new one, a space with what is in both.</returns>
    public static ImmutableArray<(char Mark, T Item)> Of<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
        where T : IEquatable<T>
    {
        int head = a.CommonPrefixLength(b);
        int tail = 0;
        while (tail < a.Length - head && tail < b.Length - head && a[^(tail + 1)].Equals(b[^(tail + 1)])) tail++;
        var all = ImmutableArray.CreateBuilder<(char, T)>();
        foreach (T item in a[..head]) all.Add((' ', item));
        Middle(a[head..^tail], b[head..^tail], all);
        foreach (T item in a[^tail..]) all.Add((' ', item));
        return all.ToImmutable();
    }

    private static void Middle<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ImmutableArray<(char Mark, T Item)>.Builder all)
        where T : IEquatable<T>
    {
        int width = b.Length + 1;
        int[]? common = (long)(a.Length + 1) * width <= MaxCells ? new int[(a.Length + 1) * width] : null;
        for (int i = a.Length - 1; common is not null && i >= 0; i--)
        {
            for (int j = b.Length - 1; j >= 0; j--)
            {
                common[i * width + j] = a[i].Equals(b[j])
                    ? common[(i + 1) * width + j + 1] + 1
                    : Math.Max(common[(i + 1) * width + j], common[i * width + j + 1]);
            }
        }

        int old = 0, young = 0;
        while (old < a.Length || young < b.Length)
        {
            bool both = common is not null && old < a.Length && young < b.Length && a[old].Equals(b[young]);
            bool goes = old < a.Length
                && (young == b.Length || common is null || common[(old + 1) * width + young] >= common[old * width + young + 1]);
            all.Add((both ? ' ' : goes ? '-' : '+', both || goes ? a[old] : b[young]));
            if (both || goes) old++;
            if (both || !goes) young++;
        }
    }
}
