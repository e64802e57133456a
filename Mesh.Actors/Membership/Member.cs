namespace Mesh.Actors.Membership;

/// <summary>A node as the cluster sees it. Immutable.</summary>
/// <param name="UniqueAddress">Which process.</param>
/// <param name="Name">A label for people; two members may carry one.</param>
/// <param name="Roles">In ordinal order.</param>
/// <param name="AppVersion">The program's version.</param>
/// <param name="Status">How far its life has come.</param>
/// <param name="UpNumber">Place in the order of admission, given when it came Up; <see cref="NotUp"/> before. Lower is older.</param>
/// <param name="Incarnation">Raised by the member itself to refute that it were dead.</param>
public sealed record Member(
    UniqueAddress UniqueAddress, string Name, EquatableList<string> Roles, string AppVersion, MemberStatus Status, int UpNumber, ulong Incarnation)
{
    /// <summary>Members with this role vote, lead and host shards; all others only take part in gossip and tables.</summary>
    public const string CoreRole = "core";

    /// <summary>The up number of those that never were Up: younger than all.</summary>
    public const int NotUp = int.MaxValue;

    public Address Address => UniqueAddress.Address;

    public bool IsCore { get; } = Roles.Items.Contains(CoreRole);

    public bool HasRole(string role) => Roles.Items.Contains(role);

    /// <summary>Older by admission; ties, which two leaders in a partition can make, by uid: never by address.</summary>
    public bool IsOlderThan(Member other) =>
        UpNumber != other.UpNumber ? UpNumber < other.UpNumber : UniqueAddress.Uid < other.UniqueAddress.Uid;
}
