using Mesh.Discovery.Services;

namespace Mesh.Node.Admin.Services;

/// <summary>What endpoints and console may read of services, and ask.</summary>
/// <param name="Table">The fleet's.</param>
/// <param name="Local">This node's; null while the node starts, or joins its cluster again.</param>
/// <param name="Node">This node's label.</param>
/// <param name="Time">For ages.</param>
internal sealed record ServicesView(ServiceTable Table, Func<LocalServices?> Local, string Node, TimeProvider Time)
{
    /// <summary>Said where there is no cluster.</summary>
    public const string None = "this node is for itself: a `cluster:` section gives it services (one node alone is `cluster: {node: n1}`)";

    public const string Starting = "the node is still starting";

    /// <summary>Why <see cref="Local"/> is null.</summary>
    public Func<string> WhyAway { get; init; } = static () => Starting;

    /// <summary>Puts a wish to the node that a process is, by its uid; null: no answer.</summary>
    public Func<ulong, DrainQuestion, Task<DrainAnswer?>> Forward { get; init; } = static (_, _) => Task.FromResult<DrainAnswer?>(null);
}
