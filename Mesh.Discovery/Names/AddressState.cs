using System.Collections.Immutable;
using System.Net;

namespace Mesh.Discovery.Names;

/// <summary>What makes two addresses of a set the same one.</summary>
/// <param name="EndPoint">Who is connected to.</param>
/// <param name="Instance">See <see cref="WeightedAddress.Instance"/>.</param>
public readonly record struct AddressKey(IPEndPoint EndPoint, string? Instance);

/// <summary>An address of a destination. Weight is relative to its siblings, above 0, default 1.</summary>
public readonly record struct WeightedAddress(IPEndPoint EndPoint, double Weight)
{
    /// <summary>
    /// Which of several instances behind the end point is meant, <c>service/id</c>; null where the end point is the instance. Part of what the
    /// address is: two instances behind one end point are two addresses.
    /// </summary>
    public string? Instance { get; init; }

    /// <summary>
    /// The host that the end point must prove by its certificate to be of; null where it speaks no TLS, or nobody said so. Part of what the address
    /// is: a connection to a proven host and one to whoever answers are not the same.
    /// </summary>
    public string? Host { get; init; }

    /// <summary>What is spoken there, where discovery knows it; part of what the address is.</summary>
    public AddressProtocol Protocol { get; init; }

    /// <summary>
    /// The authority that requests are sent there with (HTTP/1's Host, HTTP/2's <c>:authority</c>) in place of their own; null: their own. Part of
    /// what the address is.
    /// </summary>
    public string? Authority { get; init; }

    /// <summary>Why discovery would rather see it used last, in words for an operator; null: nothing speaks against it.</summary>
    public string? Doubt { get; init; }

    /// <summary>How others reach what this node reaches here; null where all go the same way.</summary>
    public OtherWays? Ways { get; init; }

    public AddressKey Key => new(EndPoint, Instance);
}

/// <summary>What is known of a destination's addresses. Compared by value.</summary>
public abstract record AddressState
{
    private AddressState()
    {
    }

    /// <summary>Not known yet: wait.</summary>
    public sealed record Pending : AddressState
    {
        public static Pending Instance { get; } = new();
    }

    /// <summary>The name is gone (DNS says so, the file was deleted).</summary>
    public sealed record Neg : AddressState
    {
        public static Neg Instance { get; } = new();
    }

    /// <summary>Never known, because asking failed. Once known, a namer keeps the last good set instead.</summary>
    public sealed record Failed(string Reason) : AddressState;

    /// <summary>The set, each end point once with each instance; it may be empty.</summary>
    public sealed record Known(ImmutableArray<WeightedAddress> Addresses) : AddressState
    {
        public static Known Nothing { get; } = new([]);

        public bool Equals(Known? other) => other is not null && Addresses.AsSpan().SequenceEqual(other.Addresses.AsSpan());

        public override int GetHashCode() => Addresses.Aggregate(3, HashCode.Combine);

        public override string ToString() => $"[{string.Join(", ", Addresses.Select(address => address.EndPoint))}]";
    }

    /// <summary>The set is known, and there is nothing in it: the next alternative is tried.</summary>
    public bool IsKnownEmpty => this is Neg or Known { Addresses.IsEmpty: true };
}
