using System.Collections.Immutable;
using Mesh.Discovery.Names;

namespace Mesh.Routing.Bindings;

/// <summary>A bound tree as a flat list: nested draws become one, their probabilities multiplied.</summary>
public static class Shares
{
    /// <summary>Leaves with their probability, above 0, in the tree's order; null is <c>$</c>. The probabilities sum to 1.</summary>
    public static ImmutableArray<(Name.Bound? Leaf, double Probability)> Of(NameTree<Name.Bound> tree)
    {
        var shares = ImmutableArray.CreateBuilder<(Name.Bound?, double)>();
        Add(tree, 1.0, shares);
        return shares.ToImmutable();
    }

    private static void Add(NameTree<Name.Bound> tree, double probability, ImmutableArray<(Name.Bound?, double)>.Builder shares)
    {
        if (tree is not NameTree<Name.Bound>.Union union)
        {
            shares.Add(((tree as NameTree<Name.Bound>.Leaf)?.Value, probability));
            return;
        }
        double total = union.Branches.Sum(branch => branch.Weight);
        foreach (NameTree<Name.Bound>.Weighted branch in union.Branches)
        {
            // All weights zero: nobody is preferred. Some: those with zero get nothing.
            double share = total > 0 ? branch.Weight / total : 1.0 / union.Branches.Length;
            if (share > 0) Add(branch.Tree, probability * share, shares);
        }
    }
}
