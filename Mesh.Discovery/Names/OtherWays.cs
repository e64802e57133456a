using System.Net;

namespace Mesh.Discovery.Names;

/// <summary>How others than this node reach what it reaches by one of its addresses. Compared by value.</summary>
/// <param name="Node">Another node's way, which can tell an inbound side whom it means; null: no node but this one gets there.</param>
/// <param name="Anyone">The way of who cannot tell that, such as Linkerd: the app itself; null: there is none.</param>
public sealed record OtherWays(WeightedAddress? Node, WeightedAddress? Anyone)
{
    /// <summary>Addresses as another node uses them.</summary>
    public static AddressState ForNodes(AddressState own) => Of(own, static ways => ways.Node);

    /// <summary>Addresses as anyone else uses them. What one cannot use is no address: where nothing is left, the name is gone for them.</summary>
    public static AddressState ForAnyone(AddressState own) => Of(own, static ways => ways.Anyone);

    /// <summary>The same ways at another port.</summary>
    public OtherWays At(int port) => new(Moved(Node, port), Moved(Anyone, port));

    private static WeightedAddress? Moved(WeightedAddress? way, int port) =>
        way is { } address ? address with { EndPoint = new IPEndPoint(address.EndPoint.Address, port) } : null;

    private static AddressState Of(AddressState own, Func<OtherWays, WeightedAddress?> way)
    {
        if (own is not AddressState.Known known || known.Addresses.All(static address => address.Ways is null)) return own;
        OrderedDictionary<(IPEndPoint, string?), WeightedAddress> seen = [];
        foreach (WeightedAddress address in known.Addresses)
        {
            if ((address.Ways is { } ways ? way(ways) : address) is not { } other) continue;
            (IPEndPoint, string?) key = (other.EndPoint, other.Instance);
            if (!seen.TryGetValue(key, out WeightedAddress twin) || twin.Doubt is not null) seen[key] = other;
        }

        return seen.Count == 0 ? AddressState.Neg.Instance : new AddressState.Known([.. seen.Values]);
    }
}
