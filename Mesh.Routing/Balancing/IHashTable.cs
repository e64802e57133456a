namespace Mesh.Routing.Balancing;

/// <summary>Says whose a key is, and who stands in for that one: not one and the same neighbour for all its keys.</summary>
/// <remarks>Hot path; immutable. Nodes that know the same addresses and weights, in whatever order, build tables that agree.</remarks>
internal interface IHashTable<TSelf>
    where TSelf : IHashTable<TSelf>
{
    /// <param name="identities">A stable hash of each endpoint's address.</param>
    /// <param name="relativeWeights">Of average 1; who has none is not in the table.</param>
    static abstract TSelf Build(ReadOnlySpan<ulong> identities, ReadOnlySpan<double> relativeWeights);

    /// <summary>Where the walk of a key begins.</summary>
    HashWalk Begin(ulong key);

    /// <summary>The index of the endpoint that is next on the walk; endless, and the same endpoint may come again.</summary>
    int Next(ref HashWalk walk);
}

/// <summary>A place in a table on the way of one key.</summary>
/// <param name="At">The next place to look at.</param>
/// <param name="Stride">From one place to the next.</param>
internal record struct HashWalk(int At, int Stride);
