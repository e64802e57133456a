using System.Net;
using Mesh.Discovery.Names;

namespace Mesh.Routing.Destinations;

/// <summary>Which endpoint of a destination: where it listens, and which instance behind that is meant; null: whoever listens.</summary>
public readonly record struct EndpointKey(IPEndPoint Address, string? Instance)
{
    internal static EndpointKey Of(in WeightedAddress address) => new(address.EndPoint, address.Instance);
}
