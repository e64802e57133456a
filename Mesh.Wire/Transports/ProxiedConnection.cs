using System.Net;

namespace Mesh.Wire.Transports;

/// <summary>Both ends of a client's connection to the load balancer in front, as that told them. Addresses of IPv4 are such, never mapped.</summary>
/// <param name="Client">Who connected.</param>
/// <param name="Destination">To what.</param>
public sealed record ProxiedConnection(IPEndPoint Client, IPEndPoint Destination);
