using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Transformers;

/// <summary>
/// What becomes of destinations after they are found: of those that a namer finds (<see cref="TransformedNamer"/>), or of all that an
/// interpreter binds (<see cref="ApplyAll"/> on its tree).
/// </summary>
/// <remarks>
/// Any thread, never blocking. The same destination gives the same object as long as anybody holds either. Ids become
/// <c>/%/prefix</c> and what they were: <c>/%/io.l5d.port/4141/#/io.l5d.fs/hello</c>. Source: Linkerd's NameTreeTransformer.
/// </remarks>
/// <param name="prefix">Without <c>/%</c>.</param>
public abstract class Transformer(Path prefix) : IDisposable
{
    private static readonly Path _root = Path.Of("%");

    /// <summary>What it puts before the ids, <c>/%</c> included.</summary>
    public Path Prefix { get; } = _root + prefix;

    /// <summary>What is wrong just now, in words for an operator; null when all is well.</summary>
    public virtual string? Problem => null;

    /// <summary>What <paramref name="tree"/> becomes at present. The addresses of its leaves are live whatever follows.</summary>
    public abstract BoundTree Apply(NameTree<Name.Bound> tree);

    /// <summary>Calls when <see cref="Apply"/> may answer differently for the same tree, as <see cref="ILive{T}.OnChange"/> does.</summary>
    public virtual IDisposable OnChange(Action changed) => Subscriptions.None;

    /// <summary>Applies all in order, the first to the tree as it was found, so that the last one's prefix comes first in the ids.</summary>
    public static BoundTree ApplyAll(IEnumerable<Transformer> transformers, NameTree<Name.Bound> tree)
    {
        BoundTree now = new BoundTree.Known(tree);
        foreach (Transformer transformer in transformers)
        {
            if (now is not BoundTree.Known known) return now;
            now = transformer.Apply(known.Tree);
        }
        return now;
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
