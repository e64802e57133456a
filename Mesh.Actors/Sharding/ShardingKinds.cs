using Mesh.Actors.Remoting;
using Mesh.Actors.Sharding.Protocol;

namespace Mesh.Actors.Sharding;

/// <summary>The numbers of sharding's messages, 400 to 499.</summary>
public static class ShardingKinds
{
    public static readonly IReadOnlyList<MessageKind> All =
    [
        MessageKind.Of(400, SignalFrame.Parser),
        MessageKind.Of(401, ReportFrame.Parser),
        MessageKind.Of(402, GrantFrame.Parser),
        MessageKind.Of(403, MailFrame.Parser),
        MessageKind.Of(404, NotOwnerFrame.Parser),
        MessageKind.Of(405, QueryFrame.Parser),
        MessageKind.Of(406, AnswerFrame.Parser),
    ];
}
