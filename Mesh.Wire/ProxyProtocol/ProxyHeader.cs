using System.Net;

namespace Mesh.Wire.ProxyProtocol;

/// <summary>What a load balancer says before a connection's own bytes: for whom it speaks.</summary>
/// <param name="Version">1 or 2.</param>
/// <param name="Source">The client's address; null: the balancer speaks for itself (LOCAL), or does not know (UNKNOWN, UNSPEC, no TCP).</param>
/// <param name="Destination">What the client connected to; null with <paramref name="Source"/>.</param>
/// <param name="Length">Bytes of the header; the connection's own begin behind them.</param>
public readonly record struct ProxyHeader(int Version, IPEndPoint? Source, IPEndPoint? Destination, int Length);

/// <summary>What <see cref="ProxyHeaderReader.Read"/> found.</summary>
public enum ProxyHeaderStatus : byte
{
    /// <summary>More bytes are needed.</summary>
    More = 0,
    Header,

    /// <summary>The connection does not begin with one.</summary>
    Missing,

    /// <summary>It begins like one and is none, or goes beyond a limit.</summary>
    Invalid,
}
