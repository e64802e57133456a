using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Transformers;

/// <summary>
/// A namer whose answers are transformed. An answer with a path in it that is still to be looked up stays as it is; so do waiting and failure.
/// </summary>
/// <remarks>Any thread. Owns neither the namer nor the transformers.</remarks>
public sealed class TransformedNamer(INamer inner, ImmutableArray<Transformer> transformers) : INamer
{
    public Path Prefix => inner.Prefix;

    public ImmutableArray<string> Problems => [.. inner.Problems, .. transformers.Select(each => each.Problem).OfType<string>()];

    /// <summary>As the namer found them, before the transformers.</summary>
    public ImmutableArray<NameStatus> Status => inner.Status;

    public Task<ImmutableArray<Path>> ListNamesAsync(CancellationToken cancellation) => inner.ListNamesAsync(cancellation);

    public INameWatch Lookup(Path residual) => new Watch(inner.Lookup(residual), transformers);

    private sealed class Watch(INameWatch found, ImmutableArray<Transformer> transformers) : INameWatch
    {
        public NameState Current => found.Current switch
        {
            NameState.Resolved resolved when IsBound(resolved.Tree) =>
                StateOf(Transformer.ApplyAll(transformers, resolved.Tree.Map(static name => (Name.Bound)name))),
            NameState other => other,
        };

        public IDisposable OnChange(Action changed) =>
            new Subscriptions([found.OnChange(changed), .. transformers.Select(each => each.OnChange(changed))]);

        public void Dispose() => found.Dispose();

        private static bool IsBound(NameTree<Name> tree) => tree switch
        {
            NameTree<Name>.Leaf leaf => leaf.Value is Name.Bound,
            NameTree<Name>.Alt alt => alt.Trees.All(IsBound),
            NameTree<Name>.Union union => union.Branches.All(branch => IsBound(branch.Tree)),
            _ => true,
        };

        private static NameState StateOf(BoundTree tree) => tree switch
        {
            BoundTree.Known known => new NameState.Resolved(known.Tree.Map<Name.Bound, Name>(static name => name)),
            BoundTree.Failed failed => new NameState.Failed(failed.Reason),
            _ => NameState.Pending.Instance,
        };
    }
}
