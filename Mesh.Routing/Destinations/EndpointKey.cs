using System.Net;
using Mesh.Discovery.Names;

namespace Mesh.Routing.Destinations;

/// <summary>Which endpoint of a destination: where it listens, and which instance behind that is meant; null: whoever listens.</summary>
public readonly record struct EndpointKey(IPEndPoint Address, string? Instance)
{
    /// <summary>The host that it must prove to be of; null: none (<see cref="WeightedAddress.Host"/>).</summary>
    public string? Host { get; init; }

    /// <summary>What is spoken there (<see cref="WeightedAddress.Protocol"/>).</summary>
    public AddressProtocol Protocol { get; init; }

    /// <summary>The authority of requests that are sent there; null: their own (<see cref="WeightedAddress.Authority"/>).</summary>
    public string? Authority { get; init; }

    internal static EndpointKey Of(in WeightedAddress address) =>
        new(address.EndPoint, address.Instance) { Host = address.Host, Protocol = address.Protocol, Authority = address.Authority };
}
