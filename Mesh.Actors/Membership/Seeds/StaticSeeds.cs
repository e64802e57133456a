namespace Mesh.Actors.Membership.Seeds;

/// <summary>A list from the configuration. The same on every node.</summary>
public sealed class StaticSeeds(IEnumerable<SeedAddress> seeds) : ISeedSource
{
    private readonly IReadOnlyList<SeedAddress> _seeds = [.. seeds.Distinct()];

    public ValueTask<IReadOnlyList<SeedAddress>> Resolve(CancellationToken cancellation) => ValueTask.FromResult(_seeds);
}
