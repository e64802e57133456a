using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Mesh.Actors;

/// <summary>One process of the cluster: where it listens, and which of the processes that ever listened there it is.</summary>
/// <remarks>
/// The uid is the identity: 64 random bits, new at each start. The address is a label that the next process may take over. Equality is the uid's.
/// </remarks>
[SuppressMessage("Design", "CA1036", Justification = "An order for lists; no address is less than another in a sense that deserves an operator.")]
public sealed record UniqueAddress(Address Address, ulong Uid) : IComparable<UniqueAddress>
{
    /// <summary>Address order, then uid: the order in which members are listed and leaders chosen. Not order of age.</summary>
    public int CompareTo(UniqueAddress? other)
    {
        if (other is null) return 1;
        int order = string.CompareOrdinal(Address.Host, other.Address.Host);
        if (order == 0) order = (Address.Port ?? 0).CompareTo(other.Address.Port ?? 0);
        return order != 0 ? order : Uid.CompareTo(other.Uid);
    }

    public bool Equals(UniqueAddress? other) => other is not null && Uid == other.Uid;

    public override int GetHashCode() => (int)(Uid ^ (Uid >> 32));

    /// <summary><c>mesh://system@host:port#0123456789abcdef</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}#{Uid:x16}");
}
