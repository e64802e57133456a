using System.Net;

namespace Mesh.Discovery.Names;

/// <summary>How others than this node reach what it reaches by one of its addresses. Compared by value; made when somebody asks.</summary>
public abstract record OtherWays
{
    /// <summary>Another node's way, which can tell an inbound side whom it means; null: no node but this one gets there.</summary>
    public abstract WeightedAddress? Node { get; }

    /// <summary>The way of who cannot tell that, such as Linkerd: the app itself; null: there is none.</summary>
    public abstract WeightedAddress? Anyone { get; }

    /// <summary>Addresses as another node uses them.</summary>
    public static AddressState ForNodes(AddressState own) => Of(own, static ways => ways.Node);

    /// <summary>Addresses as anyone else uses them. What one cannot use is no address: where nothing is left, the name is gone for them.</summary>
    public static AddressState ForAnyone(AddressState own) => Of(own, static ways => ways.Anyone);

    /// <summary>The same ways at another port.</summary>
    public OtherWays At(int port) => new AtPort(this, port);

    private static WeightedAddress? Moved(WeightedAddress? way, int port) =>
        way is { } address ? address with { EndPoint = new IPEndPoint(address.EndPoint.Address, port) } : null;

    private static AddressState Of(AddressState own, Func<OtherWays, WeightedAddress?> way)
    {
        if (own is not AddressState.Known known || known.Addresses.All(static address => address.Ways is null)) return own;
        OrderedDictionary<AddressKey, WeightedAddress> seen = new(known.Addresses.Length);
        foreach (WeightedAddress address in known.Addresses)
        {
            if ((address.Ways is { } ways ? way(ways) : address) is not { } other) continue;
            if (!seen.TryGetValue(other.Key, out WeightedAddress twin) || twin.Doubt is not null) seen[other.Key] = other;
        }

        return seen.Count == 0 ? AddressState.Neg.Instance : new AddressState.Known([.. seen.Values]);
    }

    private sealed record AtPort(OtherWays Ways, int Port) : OtherWays
    {
        public override WeightedAddress? Node => Moved(Ways.Node, Port);

        public override WeightedAddress? Anyone => Moved(Ways.Anyone, Port);
    }
}
