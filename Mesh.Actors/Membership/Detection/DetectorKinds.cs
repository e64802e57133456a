using Mesh.Actors.Membership.Detection.Protocol;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Membership.Detection;

/// <summary>The detector's messages. Numbers 140 to 159 are its own.</summary>
internal static class DetectorKinds
{
    public static readonly MessageKind[] All =
    [
        MessageKind.Of(140, Ping.Parser),
        MessageKind.Of(141, Ack.Parser),
        MessageKind.Of(142, ProbeRequest.Parser),
        MessageKind.Of(143, ProbeAnswer.Parser),
    ];
}
