using Google.Protobuf;
using Mesh.Actors.Remoting.Frames;

namespace Mesh.Actors.Remoting.Sessions;

/// <summary>What the table tells the messenger.</summary>
internal interface ISessionEvents
{
    void OnConnected(UniqueAddress node, NodeHello hello);

    void OnDisconnected(UniqueAddress node, SessionEnd why);

    void OnMessage(UniqueAddress node, in InboundMessage message);

    /// <summary>Whoever listens at the address that was asked is that process: the message is for it.</summary>
    void OnContactReached(UniqueAddress node, IMessage message);
}
