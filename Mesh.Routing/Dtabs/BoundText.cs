using Mesh.Discovery.Names;

namespace Mesh.Routing.Dtabs;

/// <summary>
/// The text of a bound tree: dtab syntax whose leaves are client ids, each followed by its residual in brackets unless that is empty.
/// </summary>
public static class BoundText
{
    public static string Of(NameTree<Name.Bound> tree) => tree.Map(Of).ToString();

    private static string Of(Name.Bound bound) =>
        bound.Residual.Count == 0 ? bound.Destination.Id.ToString() : $"{bound.Destination.Id}[{bound.Residual}]";
}
