using Mesh.Discovery.Names;
using Mesh.Node.Admin.Services;
using Mesh.Routing.Routes;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>What the endpoints of dtabs may ask of a node. Any thread.</summary>
/// <param name="Table">The namespaces as this node has them; null: the node has no cluster, and so no namespaces.</param>
/// <param name="Doors">Where changes are asked for; null while the node starts or joins again, and without a cluster.</param>
/// <param name="Lookup">The namers' answer for a path.</param>
internal sealed record RoutesView(RouteTable? Table, Func<ClusterRoutes?> Doors, Func<Path, INameWatch> Lookup)
{
    /// <summary>Comes when the node ends: who follows is let go, so that nobody waits for them.</summary>
    public CancellationToken Ending { get; init; }

    /// <summary>Why there are no doors.</summary>
    public Func<string> WhyShut { get; init; } = static () => ServicesView.Starting;

    public static RoutesView None { get; } = new(null, static () => null, static _ => new FixedNameWatch(NameState.Resolved.Neg));
}
