namespace Mesh.Discovery.Names;

/// <summary>A leaf of what a namer answers: another path to look up, or a destination.</summary>
public abstract record Name
{
    private Name()
    {
    }

    /// <summary>To be looked up again, from the dtab on (rewriting namers answer so).</summary>
    public sealed record Unbound(Path Path) : Name
    {
        public override string ToString() => Path.ToString();
    }

    /// <summary>A destination, and what was left of the path when it was found.</summary>
    public sealed record Bound(BoundName Destination, Path Residual) : Name
    {
        public override string ToString() => Destination.ToString();
    }
}

/// <summary>
/// A destination's name with its live addresses. A namer gives the same object for the same id as long as anybody holds a watch that leads
/// to it or listens to its addresses.
/// </summary>
public sealed class BoundName(Path id, ILive<AddressState> addresses)
{
    /// <summary>The part of the path that the namer consumed, its prefix included: <c>/#/io.l5d.fs/users</c>.</summary>
    public Path Id { get; } = id;

    public ILive<AddressState> Addresses { get; } = addresses;

    public override string ToString() => Id.ToString();
}
