using Mesh.Actors.Membership.Records;

namespace Mesh.Actors.Membership.Protocol;

/// <remarks>
/// An entry is read once, even when a simulation hands one object to two thousand nodes: they then share one record.
/// </remarks>
internal sealed partial class MemberEntry
{
    private MemberRecord? _record;

    /// <summary>Null when no version of the protocol would send it.</summary>
    internal MemberRecord? Record => _record ??= WireRecords.Read(this);
}
