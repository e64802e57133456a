using Mesh.Discovery.Names;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>The addresses of one destination of a name; of several, one is drawn by weight, and stays as long as they are the same.</summary>
internal sealed class ResolveEndpoint(RoutesView routes) : NameEndpoint(
    routes, "/api/1/resolve/*", "NAMESPACE?path=: the addresses of one destination of a name, by the namespace and dtab=; watch=true follows")
{
    protected override Func<NameTree<Name.Bound>, Shown?> Show(Func<AddressState, AddressState> seen)
    {
        NameTree<Name.Bound>? drawnFrom = null;
        Name.Bound? drawn = null;
        var random = new Random(unchecked((int)TimeProvider.System.GetTimestamp()));
        return tree =>
        {
            if (drawnFrom is null || !tree.Equals(drawnFrom)) (drawnFrom, drawn) = (tree, Draw(tree, random));
            AddressState addresses = drawn is null ? AddressState.Neg.Instance : seen(drawn.Destination.Addresses.Current);
            return AddrEndpoint.Line(addresses) is { } line ? new Shown(line) : null;
        };
    }

    private static Name.Bound? Draw(NameTree<Name.Bound> tree, Random random)
    {
        switch (tree)
        {
            case NameTree<Name.Bound>.Leaf leaf:
                return leaf.Value;
            case NameTree<Name.Bound>.Alt alt:
                return alt.Trees.Select(each => Draw(each, random)).FirstOrDefault(static each => each is not null);
            case NameTree<Name.Bound>.Union union:
                double left = random.NextDouble() * union.Branches.Sum(static branch => branch.Weight);
                foreach (NameTree<Name.Bound>.Weighted branch in union.Branches)
                {
                    left -= branch.Weight;
                    if (left < 0) return Draw(branch.Tree, random);
                }

                return Draw(union.Branches[^1].Tree, random);
            default:
                return null;
        }
    }
}
