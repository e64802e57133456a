using System.Collections.Immutable;
using System.Net;

namespace Mesh.Discovery.Dns;

/// <summary>What DNS says of a host name. Compared by value.</summary>
public abstract record HostState
{
    private HostState()
    {
    }

    /// <summary>Not answered yet.</summary>
    public sealed record Pending : HostState
    {
        public static Pending Instance { get; } = new();
    }

    /// <summary>DNS says that there is no such name, or that it has no address.</summary>
    public sealed record NotFound : HostState
    {
        public static NotFound Instance { get; } = new();
    }

    /// <summary>Asking failed (time-out, server failure) and no earlier answer is known.</summary>
    public sealed record Failed(string Reason) : HostState;

    /// <summary>The addresses, sorted, at least one; of a host that has IPv4 and IPv6, the IPv4 ones.</summary>
    public sealed record Known(ImmutableArray<IPAddress> Addresses) : HostState
    {
        /// <summary>How long the answer holds, where the resolver tells it; no part of the value.</summary>
        public TimeSpan? TimeToLive { get; init; }

        public bool Equals(Known? other) => other is not null && Addresses.AsSpan().SequenceEqual(other.Addresses.AsSpan());

        public override int GetHashCode() => Addresses.Aggregate(4, HashCode.Combine);
    }
}
