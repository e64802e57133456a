using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;
using Mesh.Routing.Routes;
using Microsoft.AspNetCore.Http;
using NamePath = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>The addresses of a destination, given by its id: the namers' word, no rules.</summary>
internal sealed class AddrEndpoint(RoutesView routes) : NameEndpoint(
    routes, "/api/1/addr/*", "NAMESPACE?path=: the addresses of a destination's id; watch=true follows")
{
    /// <summary>Null while they are not known.</summary>
    public static byte[]? Line(AddressState addresses) =>
        addresses is AddressState.Pending ? null : DtabBodies.Line(json => DelegateTreeJson.WriteAddresses(json, addresses));

    protected override Dtab? Rules(RouteTable table, string name, Dtab extra) => Dtab.Empty;

    /// <summary>Without what transformers put before an id, <c>/%/io.l5d.port/80/#/io.l5d.fs/web</c>: the namer knows what follows.</summary>
    protected override NamePath Asked(NamePath path)
    {
        if (path.Count == 0 || path[0] != "%") return path;
        int at = path.Segments.IndexOf("#");
        if (at < 0) at = path.Segments.IndexOf("$");
        return at < 0 ? path : path.Drop(at);
    }

    protected override Func<NameTree<Name.Bound>, Shown?> Show(Func<AddressState, AddressState> seen) => tree => tree switch
    {
        NameTree<Name.Bound>.Leaf { Value.Residual.Count: 0, Value: var bound } =>
            Line(seen(bound.Destination.Addresses.Current)) is { } line ? new Shown(line) : null,
        NameTree<Name.Bound>.Neg => new Shown(Line(AddressState.Neg.Instance)!),
        _ => new Shown([]) { Fault = "this is no destination's id; `bind` and `resolve` take names", Status = StatusCodes.Status400BadRequest },
    };
}
