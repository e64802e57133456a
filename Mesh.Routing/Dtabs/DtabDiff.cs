using System.Collections.Immutable;

namespace Mesh.Routing.Dtabs;

/// <summary>One line of the difference between two dtabs.</summary>
/// <param name="Mark"><c>-</c> only in the old one, <c>+</c> only in the new one, a space in both.</param>
/// <param name="Dentry">The rule.</param>
public readonly record struct DtabDiffLine(char Mark, Dentry Dentry);

/// <summary>What changed between two dtabs, in order: order decides in a dtab, so a rule that moved is gone and has come. Pure.</summary>
/// <remarks>The longest common subsequence of what differs in the middle; beyond <see cref="MaxCells"/> all of it is gone and has come.</remarks>
public static class DtabDiff
{
    /// <summary>Most cells of the table: two middles of 2 000 rules.</summary>
    public const int MaxCells = 4_000_000;

    public static ImmutableArray<DtabDiffLine> Of(Dtab old, Dtab young)
    {
        ReadOnlySpan<Dentry> a = old.Dentries.AsSpan(), b = young.Dentries.AsSpan();
        int head = a.CommonPrefixLength(b);
        int tail = 0;
        while (tail < a.Length - head && tail < b.Length - head && a[^(tail + 1)].Equals(b[^(tail + 1)])) tail++;
        var lines = ImmutableArray.CreateBuilder<DtabDiffLine>();
        foreach (Dentry dentry in a[..head]) lines.Add(new DtabDiffLine(' ', dentry));
        Middle(a[head..^tail], b[head..^tail], lines);
        foreach (Dentry dentry in a[^tail..]) lines.Add(new DtabDiffLine(' ', dentry));
        return lines.ToImmutable();
    }

    private static void Middle(ReadOnlySpan<Dentry> a, ReadOnlySpan<Dentry> b, ImmutableArray<DtabDiffLine>.Builder lines)
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
            lines.Add(new DtabDiffLine(both ? ' ' : goes ? '-' : '+', both || goes ? a[old] : b[young]));
            if (both || goes) old++;
            if (both || !goes) young++;
        }
    }
}
