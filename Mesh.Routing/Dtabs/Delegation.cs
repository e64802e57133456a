using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Dtabs;

/// <summary>One delegation tree in the making, depth first; nodes are simplified as they are made.</summary>
/// <param name="dtab">The rules.</param>
/// <param name="lookup">The namers' answers.</param>
/// <param name="addresses">A destination's addresses.</param>
/// <param name="cancel">From then on every name is pending: a dtab of a request may cost a second for a few of them.</param>
internal sealed class Delegation(Dtab dtab, Func<Path, NameState> lookup, Func<BoundName, AddressState> addresses, CancellationToken cancel)
{
    private int _nodes;

    public DelegateTree Run(Path path) => OfPath(path, null, 0);

    private bool IsFull => _nodes > Delegator.MaxNodes;

    private DelegateTree OfPath(Path path, Dentry? via, int depth)
    {
        if (++_nodes > Delegator.MaxNodes) return Full(path, via);
        if (cancel.IsCancellationRequested) return new DelegateTree.Pending(path, via);
        if (depth >= NameBinder.MaxDepth) return new DelegateTree.Failed(path, via, NameBinder.TooDeep);
        if (path.Count > NameBinder.MaxSegments) return new DelegateTree.Failed(path, via, NameBinder.TooLong);

        Dentry[] rules = [.. dtab.Matches(path)];
        return rules.Length switch
        {
            0 => OfNamers(path, via, depth),
            1 => Through(path, via, OfRule(rules[0], path, depth)),
            _ => AltOf(path, via, rules.Select(rule => OfRule(rule, path, depth))),
        };
    }

    private DelegateTree OfRule(Dentry rule, Path path, int depth)
    {
        Path rest = path.Drop(rule.Prefix.Count);
        return OfTree(rule.Destination, path, rule, leaf => OfPath(leaf + rest, rule, depth + 1));
    }

    private DelegateTree OfNamers(Path path, Dentry? via, int depth) => lookup(path) switch
    {
        NameState.Resolved { Tree: NameTree<Name>.Neg } => new DelegateTree.Neg(path, via),
        NameState.Resolved resolved => OfTree(resolved.Tree, path, via, name => name switch
        {
            Name.Bound bound => new DelegateTree.Leaf(path, via, bound, addresses(bound.Destination)),
            _ => Through(path, via, OfPath(((Name.Unbound)name).Path, via, depth + 1)),
        }),
        NameState.Failed failed => new DelegateTree.Failed(path, via, failed.Reason),
        _ => new DelegateTree.Pending(path, via),
    };

    private DelegateTree OfTree<T>(NameTree<T> tree, Path path, Dentry? via, Func<T, DelegateTree> leaf)
    {
        if (++_nodes > Delegator.MaxNodes) return Full(path, via);
        return tree switch
        {
            NameTree<T>.Leaf one => leaf(one.Value),
            NameTree<T>.Alt alt => AltOf(path, via, alt.Trees.Select(branch => OfTree(branch, path, via, leaf))),
            NameTree<T>.Union union => UnionOf(path, via, union.Branches.Select(
                branch => new DelegateTree.Weighted(branch.Weight, OfTree(branch.Tree, path, via, leaf)))),
            NameTree<T>.Neg => new DelegateTree.Neg(Path.Empty, via),
            NameTree<T>.Fail => new DelegateTree.Fail(path, via),
            _ => new DelegateTree.Empty(path, via),
        };
    }

    /// <summary>A step that shows nothing new is left out: the node behind it takes its place.</summary>
    private static DelegateTree Through(Path path, Dentry? via, DelegateTree tree) =>
        tree is not (DelegateTree.Neg or DelegateTree.Fail or DelegateTree.Empty) && tree.Path.Equals(path)
            ? tree.By(via)
            : new DelegateTree.Delegate(path, via, tree);

    private DelegateTree.Alt AltOf(Path path, Dentry? via, IEnumerable<DelegateTree> trees)
    {
        var all = ImmutableArray.CreateBuilder<DelegateTree>();
        foreach (DelegateTree tree in trees)
        {
            // Alternatives within alternatives of the same name are one list.
            if (tree is DelegateTree.Alt inner && inner.Path.Equals(path)) all.AddRange(inner.Trees);
            else all.Add(tree);
            if (IsFull) break;
        }
        return new DelegateTree.Alt(path, via, all.ToImmutable());
    }

    private DelegateTree.Union UnionOf(Path path, Dentry? via, IEnumerable<DelegateTree.Weighted> branches)
    {
        var all = ImmutableArray.CreateBuilder<DelegateTree.Weighted>();
        foreach (DelegateTree.Weighted branch in branches)
        {
            all.Add(branch);
            if (IsFull) break;
        }
        return new DelegateTree.Union(path, via, all.ToImmutable());
    }

    private static DelegateTree.Failed Full(Path path, Dentry? via) =>
        new(path, via, $"the tree has more than {Delegator.MaxNodes} nodes; the rest is left out");
}
