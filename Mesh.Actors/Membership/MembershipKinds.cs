using System.Collections.Immutable;
using Mesh.Actors.Membership.Protocol;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Membership;

/// <summary>The messages of membership and their numbers, for the <see cref="MessageCatalog"/>.</summary>
public static class MembershipKinds
{
    public static ImmutableArray<MessageKind> All { get; } =
    [
        MessageKind.Of(100, Gossip.Parser),
        MessageKind.Of(101, GossipStatus.Parser),
        MessageKind.Of(102, GossipDigests.Parser),
        MessageKind.Of(103, PushPullEnd.Parser),
        MessageKind.Of(104, CoreSeen.Parser),
        MessageKind.Of(110, InitJoin.Parser),
        MessageKind.Of(111, InitJoinAck.Parser),
        MessageKind.Of(112, Join.Parser),
        MessageKind.Of(113, JoinRefused.Parser),
        MessageKind.Of(114, Welcome.Parser),
        MessageKind.Of(120, YouAreRemoved.Parser),
        MessageKind.Of(121, ExitingConfirmed.Parser),
    ];
}
