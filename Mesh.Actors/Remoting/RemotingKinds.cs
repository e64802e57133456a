using Mesh.Actors.Remoting.Protocol;

namespace Mesh.Actors.Remoting;

/// <summary>The messages of remoting itself.</summary>
public static class RemotingKinds
{
    internal const ushort Hello = 1;
    internal const ushort Refusal = 2;
    internal const ushort Goodbye = 3;

    public static readonly MessageKind[] All =
    [
        MessageKind.Of(Hello, Protocol.Hello.Parser),
        MessageKind.Of(Refusal, Protocol.Refusal.Parser),
        MessageKind.Of(Goodbye, Protocol.Goodbye.Parser),
        MessageKind.Of(10, ActorEnvelope.Parser),
        MessageKind.Of(11, WatchActors.Parser),
        MessageKind.Of(12, UnwatchActors.Parser),
        MessageKind.Of(13, ActorsDied.Parser),
    ];
}
