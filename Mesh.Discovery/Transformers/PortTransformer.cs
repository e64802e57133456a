using System.Globalization;
using System.Net;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Transformers;

/// <summary>
/// <c>io.l5d.port</c>: all addresses get one port, where a proxy listens on each host. Two instances on a host are one address then, with the
/// weight and doubt of the last.
/// </summary>
/// <param name="prefix">Without <c>/%</c>; usually <see cref="DefaultPrefix"/>.</param>
/// <param name="port">1 to 65535.</param>
public sealed class PortTransformer(Path prefix, int port) : LeafTransformer(prefix)
{
    /// <summary><c>/io.l5d.port/4141</c>.</summary>
    public static Path DefaultPrefix(int port) => Path.Of("io.l5d.port", port.ToString(CultureInfo.InvariantCulture));

    protected override ILive<AddressState> AddressesOf(ILive<AddressState> found) => new MappedAddresses(found, null, (state, _) => WithPort(state));

    private AddressState WithPort(AddressState state)
    {
        if (state is not AddressState.Known known) return state;
        var addresses = new OrderedDictionary<AddressKey, WeightedAddress>(known.Addresses.Length);
        foreach (WeightedAddress address in known.Addresses)
        {
            WeightedAddress moved = address with { EndPoint = new IPEndPoint(address.EndPoint.Address, port), Ways = address.Ways?.At(port) };
            addresses[moved.Key] = moved;
        }

        return new AddressState.Known([.. addresses.Values]);
    }
}
