using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Transformers;

/// <summary>A transformer that puts a configured path in the place of what was found. Its ids are <c>/%/prefix</c> and that path.</summary>
public abstract class PathTransformer : Transformer
{
    private readonly Path _path;
    private readonly Replacement _replacement;

    /// <param name="prefix">Without <c>/%</c>.</param>
    /// <param name="path">Looked up by <paramref name="lookup"/>, without a dtab.</param>
    /// <param name="lookup">All namers, usually <see cref="NamerTable.Lookup"/>; not called before the first use.</param>
    private protected PathTransformer(Path prefix, Path path, Func<Path, INameWatch> lookup)
        : base(prefix)
    {
        _path = path;
        _replacement = new Replacement(Prefix, path, lookup);
    }

    public override string? Problem => _replacement.Current is BoundTree.Failed failed ? $"{Prefix + _path}: {failed.Reason}" : null;

    /// <summary>What the path leads to at present.</summary>
    protected BoundTree Replacing => _replacement.Current;

    public override IDisposable OnChange(Action changed) => _replacement.OnChange(changed);

    protected override void Dispose(bool disposing)
    {
        _replacement.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary><c>io.l5d.const</c>: whatever was found, even nothing, becomes the path.</summary>
public sealed class ConstTransformer(Path prefix, Path path, Func<Path, INameWatch> lookup) : PathTransformer(prefix, path, lookup)
{
    public override BoundTree Apply(NameTree<Name.Bound> tree) => Replacing;
}

/// <summary><c>io.l5d.replace</c>: each destination becomes the path; <c>~</c>, <c>!</c> and <c>$</c> stay.</summary>
public sealed class ReplaceTransformer(Path prefix, Path path, Func<Path, INameWatch> lookup) : PathTransformer(prefix, path, lookup)
{
    public override BoundTree Apply(NameTree<Name.Bound> tree) => Replacing switch
    {
        BoundTree.Known known => new BoundTree.Known(Replace(tree, known.Tree)),
        BoundTree unknown => HasLeaf(tree) ? unknown : new BoundTree.Known(tree),
    };

    private static NameTree<Name.Bound> Replace(NameTree<Name.Bound> tree, NameTree<Name.Bound> by) => tree switch
    {
        NameTree<Name.Bound>.Leaf => by,
        NameTree<Name.Bound>.Alt alt => new NameTree<Name.Bound>.Alt([.. alt.Trees.Select(branch => Replace(branch, by))]),
        NameTree<Name.Bound>.Union union => new NameTree<Name.Bound>.Union(
            [.. union.Branches.Select(branch => new NameTree<Name.Bound>.Weighted(branch.Weight, Replace(branch.Tree, by)))]),
        _ => tree,
    };

    private static bool HasLeaf(NameTree<Name.Bound> tree) => tree switch
    {
        NameTree<Name.Bound>.Leaf => true,
        NameTree<Name.Bound>.Alt alt => alt.Trees.Any(HasLeaf),
        NameTree<Name.Bound>.Union union => union.Branches.Any(branch => HasLeaf(branch.Tree)),
        _ => false,
    };
}
