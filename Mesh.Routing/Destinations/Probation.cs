namespace Mesh.Routing.Destinations;

/// <summary>Whether discovery knows an address, and how long one that it dropped may stay.</summary>
/// <remarks>Any thread reads; the destination's actor lists. A mutable struct, kept in a field, not copied while in use.</remarks>
internal struct Probation()
{
    private const long Listed = long.MinValue;

    private long _atNs = Listed;
    private bool _isGone;

    /// <summary>When discovery dropped the address, monotonic nanoseconds; <see cref="long.MinValue"/> while it knows it.</summary>
    internal readonly long AtNs => Volatile.Read(in _atNs);

    internal readonly bool IsUnlisted => AtNs != Listed;

    /// <summary>Whether it has to go, however well it works: the time is over, or it refuses connections, and so two witnesses agree.</summary>
    internal readonly bool IsOver(long nowNs) =>
        Volatile.Read(in _isGone) || (IsUnlisted && nowNs - AtNs >= EndpointTable.MaximumProbationNs);

    /// <summary>Discovery dropped the address, or knows it again.</summary>
    internal void List(bool isListed, long nowNs)
    {
        if (isListed == !IsUnlisted) return;
        if (isListed) Volatile.Write(ref _isGone, false);
        Volatile.Write(ref _atNs, isListed ? Listed : nowNs);
    }

    internal void MarkGone() => Volatile.Write(ref _isGone, true);
}
