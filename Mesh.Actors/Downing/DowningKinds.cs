using System.Collections.Immutable;
using Mesh.Actors.Downing.Protocol;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Downing;

/// <summary>The resolver's messages and their numbers, out of the detector's range.</summary>
public static class DowningKinds
{
    public static ImmutableArray<MessageKind> All { get; } =
    [
        MessageKind.Of(150, SideQuestion.Parser),
        MessageKind.Of(151, SideVote.Parser),
    ];
}
