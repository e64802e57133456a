namespace Mesh.Actors.Membership.Records;

/// <summary>What a member says of itself. Only the member writes it: of two, the one with the higher (incarnation, version) is true.</summary>
/// <param name="Incarnation">Raised to refute an accusation.</param>
/// <param name="Version">Counts what the member said within an incarnation.</param>
/// <param name="Started">Its first incarnation: of two processes at one address the one that started later is there.</param>
/// <param name="Name">A label for people.</param>
/// <param name="Roles">In ordinal order.</param>
/// <param name="AppVersion">The program's version.</param>
/// <param name="ReadyToExit">It leaves and has handed over what it had.</param>
internal sealed record MemberMeta(
    ulong Incarnation, ulong Version, ulong Started, string Name, EquatableList<string> Roles, string AppVersion, bool ReadyToExit)
{
    /// <summary>
    /// The later of two. Equal versions with different content can only be a defect or a lie; they are still ordered, or two nodes would
    /// differ for ever.
    /// </summary>
    public static MemberMeta Later(MemberMeta one, MemberMeta other) => Compare(one, other) >= 0 ? one : other;

    public static int Compare(MemberMeta one, MemberMeta other)
    {
        if (ReferenceEquals(one, other)) return 0;
        int order = one.Incarnation.CompareTo(other.Incarnation);
        if (order == 0) order = one.Version.CompareTo(other.Version);
        if (order == 0) order = one.Started.CompareTo(other.Started);
        if (order == 0) order = one.ReadyToExit.CompareTo(other.ReadyToExit);
        if (order == 0) order = string.CompareOrdinal(one.Name, other.Name);
        if (order == 0) order = string.CompareOrdinal(one.AppVersion, other.AppVersion);
        return order != 0 ? order : string.CompareOrdinal(string.Join('\n', one.Roles), string.Join('\n', other.Roles));
    }
}
