using Mesh.Discovery.Names;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>The tree of destinations that a name is bound to, with their addresses.</summary>
internal sealed class BindEndpoint(RoutesView routes) : NameEndpoint(
    routes, "/api/1/bind/*", "NAMESPACE?path=: the destinations of a name, by the namespace and dtab=; watch=true follows")
{
    protected override Func<NameTree<Name.Bound>, Shown?> Show(Func<AddressState, AddressState> seen) =>
        tree => BoundTreeJson.Line(tree, seen) is { } line ? new Shown(line) : null;
}
