using System.Net;

namespace Mesh.Routing.Identifiers;

/// <summary>What is known of a connection whose bytes nobody reads.</summary>
/// <param name="Port">The port that it came to.</param>
public readonly record struct ConnectionFacts(int Port)
{
    /// <summary>The host that its TLS handshake asks for, as it wrote it; null: none, or it is not known.</summary>
    public string? ServerName { get; init; }

    /// <summary>Where it was going before a firewall, or a load balancer that says so, led it here; null: neither did, or nobody knows.</summary>
    public IPEndPoint? OriginalDestination { get; init; }
}
