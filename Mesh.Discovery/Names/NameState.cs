namespace Mesh.Discovery.Names;

/// <summary>A namer's present answer for a path. Compared by value.</summary>
public abstract record NameState
{
    private NameState()
    {
    }

    /// <summary>Not known yet: wait.</summary>
    public sealed record Pending : NameState
    {
        public static Pending Instance { get; } = new();

        /// <summary>What it waits for, one line; null where there is nothing to tell.</summary>
        public string? Why { get; init; }
    }

    /// <summary>The namer cannot answer; the reason says what is wrong and where (file:line).</summary>
    public sealed record Failed(string Reason) : NameState;

    public sealed record Resolved(NameTree<Name> Tree) : NameState
    {
        public static Resolved Neg { get; } = new(new NameTree<Name>.Neg());

        public static Resolved To(BoundName destination, Path residual) => new(NameTree.Leaf<Name>(new Name.Bound(destination, residual)));
    }
}
