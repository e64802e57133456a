using System.Collections.Immutable;
using System.Globalization;

namespace Mesh.Discovery.Names;

/// <summary>
/// Where a name may lead: one place, alternatives in order, shares by weight, or one of the symbols <c>~</c> (try the next alternative),
/// <c>!</c> (stop: not routable) and <c>$</c> (exists, has no replica). Compared by value; <see cref="ToString"/> is canonical text.
/// </summary>
public abstract record NameTree<T>
{
    private NameTree()
    {
    }

    public sealed override string ToString() => this switch
    {
        Leaf leaf => leaf.Value?.ToString() ?? "",
        Alt alt => string.Join(" | ", alt.Trees.Select(tree => tree is Union ? tree.ToString() : tree.Nested())),
        Union union => string.Join(" & ", union.Branches.Select(branch => NameTree.WeightText(branch.Weight) + branch.Tree.Nested())),
        Neg => "~",
        Fail => "!",
        _ => "$",
    };

    private string Nested() => this is Alt or Union ? $"({ToString()})" : ToString();

    public sealed record Leaf(T Value) : NameTree<T>;

    /// <summary>Alternatives, first choice first.</summary>
    public sealed record Alt(ImmutableArray<NameTree<T>> Trees) : NameTree<T>
    {
        public bool Equals(Alt? other) => other is not null && Trees.AsSpan().SequenceEqual(other.Trees.AsSpan());

        public override int GetHashCode() => Trees.Aggregate(1, HashCode.Combine);
    }

    /// <summary>Shares: a request takes one branch, with probability proportional to its weight.</summary>
    public sealed record Union(ImmutableArray<Weighted> Branches) : NameTree<T>
    {
        public bool Equals(Union? other) => other is not null && Branches.AsSpan().SequenceEqual(other.Branches.AsSpan());

        public override int GetHashCode() => Branches.Aggregate(2, HashCode.Combine);
    }

    public sealed record Weighted(double Weight, NameTree<T> Tree);

    public sealed record Neg : NameTree<T>;

    public sealed record Fail : NameTree<T>;

    public sealed record Empty : NameTree<T>;
}

/// <summary>Short ways to build trees.</summary>
public static class NameTree
{
    public const double DefaultWeight = 1.0;

    public static NameTree<T> Leaf<T>(T value) => new NameTree<T>.Leaf(value);

    /// <summary>The alternatives as one tree: none is <c>~</c>, one is itself.</summary>
    public static NameTree<T> AltOf<T>(params ReadOnlySpan<NameTree<T>> trees) => trees.Length switch
    {
        0 => new NameTree<T>.Neg(),
        1 => trees[0],
        _ => new NameTree<T>.Alt([.. trees]),
    };

    /// <summary>The same tree over other leaves.</summary>
    public static NameTree<TResult> Map<T, TResult>(this NameTree<T> tree, Func<T, TResult> map) => tree switch
    {
        NameTree<T>.Leaf leaf => new NameTree<TResult>.Leaf(map(leaf.Value)),
        NameTree<T>.Alt alt => new NameTree<TResult>.Alt([.. alt.Trees.Select(branch => branch.Map(map))]),
        NameTree<T>.Union union => new NameTree<TResult>.Union(
            [.. union.Branches.Select(branch => new NameTree<TResult>.Weighted(branch.Weight, branch.Tree.Map(map)))]),
        NameTree<T>.Neg => new NameTree<TResult>.Neg(),
        NameTree<T>.Fail => new NameTree<TResult>.Fail(),
        _ => new NameTree<TResult>.Empty(),
    };

    /// <summary>Two decimals as Linkerd prints, more where two would change the value; nothing for the default weight.</summary>
    internal static string WeightText(double weight) => weight == DefaultWeight
        ? ""
        : ((decimal)weight).ToString("0.00##########################", CultureInfo.InvariantCulture) + "*";
}
