namespace Mesh.Actors.Membership.Seeds;

/// <summary>Where a node looks for a cluster.</summary>
public interface ISeedSource
{
    /// <summary>
    /// The seeds as they are now, without duplicates. Called at each attempt to join; may be slow, may fail, and is not called again before it ended.
    /// Any thread may complete it.
    /// </summary>
    ValueTask<IReadOnlyList<SeedAddress>> Resolve(CancellationToken cancellation);
}

/// <summary>Where a seed listens.</summary>
/// <param name="Host">A name or an address, as the seed itself advertises it.</param>
/// <param name="Port">Its cluster port.</param>
public readonly record struct SeedAddress(string Host, int Port);
