using System.Collections.Immutable;

namespace Mesh.Routing.Dtabs;

/// <summary>One line of the difference between two dtabs.</summary>
/// <param name="Mark"><c>-</c> only in the old one, <c>+</c> only in the new one, a space in both.</param>
/// <param name="Dentry">The rule.</param>
public readonly record struct DtabDiffLine(char Mark, Dentry Dentry);

/// <summary>What changed between two dtabs, in order: order decides in a dtab, so a rule that moved is gone and has come. Pure.</summary>
public static class DtabDiff
{
    public static ImmutableArray<DtabDiffLine> Of(Dtab old, Dtab young) =>
        [.. SequenceDiff.Of(old.Dentries.AsSpan(), young.Dentries.AsSpan()).Select(static line => new DtabDiffLine(line.Mark, line.Item))];
}
