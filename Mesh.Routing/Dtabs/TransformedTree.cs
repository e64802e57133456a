using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Mesh.Discovery.Transformers;

namespace Mesh.Routing.Dtabs;

/// <summary>Shows what transformers make of each leaf of a delegation tree: before, and behind it after, one node a transformer.</summary>
/// <remarks>Leaves only: what a transformer makes of <c>~</c>, <c>!</c> and <c>$</c> is not shown.</remarks>
internal sealed class TransformedTree(ImmutableArray<Transformer> transformers, Func<BoundName, AddressState> addresses)
{
    public DelegateTree Of(DelegateTree tree) => transformers.IsEmpty ? tree : Of(tree, 0);

    private DelegateTree Of(DelegateTree tree, int first) => first == transformers.Length ? tree : tree switch
    {
        DelegateTree.Leaf leaf => Of(leaf, first),
        DelegateTree.Delegate one => one with { Tree = Of(one.Tree, first) },
        DelegateTree.Alt alt => alt with { Trees = [.. alt.Trees.Select(branch => Of(branch, first))] },
        DelegateTree.Union union => union with { Branches = [.. union.Branches.Select(branch => branch with { Tree = Of(branch.Tree, first) })] },
        _ => tree,
    };

    private DelegateTree.Transformation Of(DelegateTree.Leaf leaf, int first)
    {
        Transformer transformer = transformers[first];
        DelegateTree after = transformer.Apply(NameTree.Leaf(leaf.Bound)) switch
        {
            BoundTree.Known known => OfTree(known.Tree, leaf),
            BoundTree.Failed failed => new DelegateTree.Failed(leaf.Path, leaf.Dentry, failed.Reason),
            _ => new DelegateTree.Pending(leaf.Path, leaf.Dentry),
        };
        return new DelegateTree.Transformation(leaf.Path, transformer.Prefix.ToString(), leaf.Bound, leaf.Addresses, Of(after, first + 1));
    }

    private DelegateTree OfTree(NameTree<Name.Bound> tree, DelegateTree.Leaf before) => tree switch
    {
        NameTree<Name.Bound>.Leaf leaf =>
            new DelegateTree.Leaf(leaf.Value.Destination.Id, before.Dentry, leaf.Value, addresses(leaf.Value.Destination)),
        NameTree<Name.Bound>.Alt alt =>
            new DelegateTree.Alt(before.Path, before.Dentry, [.. alt.Trees.Select(branch => OfTree(branch, before))]),
        NameTree<Name.Bound>.Union union => new DelegateTree.Union(
            before.Path, before.Dentry, [.. union.Branches.Select(branch => new DelegateTree.Weighted(branch.Weight, OfTree(branch.Tree, before)))]),
        NameTree<Name.Bound>.Fail => new DelegateTree.Fail(before.Path, before.Dentry),
        NameTree<Name.Bound>.Empty => new DelegateTree.Empty(before.Path, before.Dentry),
        _ => new DelegateTree.Neg(before.Path, before.Dentry),
    };
}
