using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Mesh.Wire;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Bindings;

/// <summary>One destination of a binding with its share of the traffic.</summary>
/// <param name="Name">The destination's name; null for the share that a union gives to <c>$</c>: such a request has no address.</param>
/// <param name="Residual">What the namer left of the path.</param>
/// <param name="UpTo">Shares up to and including this one, above 0; the last leaf has 1.</param>
/// <param name="Destination">The object behind the name; null exactly when the name is.</param>
public sealed record WeightedLeaf<TDestination>(BoundName? Name, Path Residual, double UpTo, TDestination? Destination)
    where TDestination : class
{
    /// <summary>The residual's canonical text, ready for a header; empty where nothing was left.</summary>
    public byte[] ResidualText { get; } = Residual.Count == 0 ? [] : System.Text.Encoding.Latin1.GetBytes(Residual.ToString());
}

/// <summary>What a service name leads to just now: destinations with their shares, or a failure. Immutable.</summary>
/// <remarks>Hot path: <see cref="Pick"/> allocates nothing.</remarks>
public sealed class BindingSnapshot<TDestination>
    where TDestination : class
{
    internal BindingSnapshot(ImmutableArray<WeightedLeaf<TDestination>> leaves, BindingFailure? failure, NameTree<Name.Bound>? tree)
    {
        Leaves = leaves;
        Failure = failure;
        Tree = tree;
    }

    /// <summary>At least one, unless there is a <see cref="Failure"/>.</summary>
    public ImmutableArray<WeightedLeaf<TDestination>> Leaves { get; }

    /// <summary>Set when nothing is routable.</summary>
    public BindingFailure? Failure { get; }

    internal NameTree<Name.Bound>? Tree { get; }

    /// <summary>What a tree leads to; its destinations are acquired, and the caller's to release.</summary>
    internal static BindingSnapshot<TDestination> Of(NameTree<Name.Bound> tree, IDestinationSource<TDestination> destinations)
    {
        var leaves = ImmutableArray.CreateBuilder<WeightedLeaf<TDestination>>();
        ImmutableArray<(Name.Bound? Leaf, double Probability)> shares = Shares.Of(tree);
        double upTo = 0;
        for (int i = 0; i < shares.Length; i++)
        {
            (Name.Bound? leaf, double probability) = shares[i];
            upTo = i == shares.Length - 1 ? 1.0 : upTo + probability;
            leaves.Add(leaf is null
                ? new WeightedLeaf<TDestination>(null, Path.Empty, upTo, null)
                : new WeightedLeaf<TDestination>(leaf.Destination, leaf.Residual, upTo, destinations.Acquire(leaf.Destination)));
        }
        return new BindingSnapshot<TDestination>(leaves.ToImmutable(), null, tree);
    }

    /// <summary>A leaf, with probability in proportion to its weight. Only when <see cref="Failure"/> is null.</summary>
    public WeightedLeaf<TDestination> Pick(ref SplitMix64 random)
    {
        ImmutableArray<WeightedLeaf<TDestination>> leaves = Leaves;
        if (leaves.Length == 1) return leaves[0];
        double at = random.NextDouble();
        int low = 0;
        int high = leaves.Length - 1;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (at < leaves[middle].UpTo) high = middle;
            else low = middle + 1;
        }
        return leaves[low];
    }
}
