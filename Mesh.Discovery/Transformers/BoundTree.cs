using Mesh.Discovery.Names;

namespace Mesh.Discovery.Transformers;

/// <summary>A tree whose leaves are destinations, as far as it is known just now. Compared by value.</summary>
public abstract record BoundTree
{
    private BoundTree()
    {
    }

    /// <summary>Not known yet: wait.</summary>
    public sealed record Pending : BoundTree
    {
        public static Pending Instance { get; } = new();
    }

    public sealed record Failed(string Reason) : BoundTree;

    public sealed record Known(NameTree<Name.Bound> Tree) : BoundTree
    {
        public static Known Neg { get; } = new(new NameTree<Name.Bound>.Neg());
    }
}
