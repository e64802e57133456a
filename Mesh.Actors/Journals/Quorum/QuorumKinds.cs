using System.Collections.Immutable;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Journals.Quorum;

/// <summary>The numbers by which the quorum journal's messages cross the wire: 300 to 399.</summary>
internal static class QuorumKinds
{
    public static ImmutableArray<MessageKind> All { get; } =
    [
        MessageKind.Of(300, RaftMessage.Parser),
        MessageKind.Of(301, QuorumHello.Parser),
        MessageKind.Of(302, QuorumRequest.Parser),
        MessageKind.Of(303, QuorumReply.Parser),
    ];
}
