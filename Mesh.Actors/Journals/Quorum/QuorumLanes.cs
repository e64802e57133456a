using Google.Protobuf;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Journals.Quorum;

/// <summary>Which lane a message takes: consensus goes with the heartbeats while it is small, so that no payload delays an election.</summary>
internal static class QuorumLanes
{
    /// <summary>Half of the control lane's frame: headers and growth have room.</summary>
    public const int MaxControlBytes = 32 << 10;

    /// <summary>Half of the system lane's frame.</summary>
    public const int MaxSystemBytes = 128 << 10;

    public static Lane OfRaft(RaftMessage message) =>
        message.Kind is RaftKind.Append or RaftKind.Snapshot && message.CalculateSize() > MaxControlBytes ? Lane.Bulk : Lane.Control;

    public static Lane OfRequest(IMessage message) => message.CalculateSize() > MaxSystemBytes ? Lane.Bulk : Lane.System;
}
