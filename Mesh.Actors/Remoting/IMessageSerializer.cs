using System.Diagnostics.CodeAnalysis;

namespace Mesh.Actors.Remoting;

/// <summary>A message as bytes, with the name by which another node, or a later version, knows what it is.</summary>
/// <param name="Manifest">The type's name and version, <c>name.v1</c>; ASCII, 1..255 characters.</param>
/// <param name="Payload">Its bytes.</param>
public readonly record struct SerializedMessage(string Manifest, ReadOnlyMemory<byte> Payload);

/// <summary>
/// Turns the messages and events of actors into bytes and back. Only what was registered: no type's name comes from the wire.
/// </summary>
/// <remarks>Any thread. Refs inside messages travel as paths.</remarks>
public interface IMessageSerializer
{
    /// <summary>False when no serializer is registered for the type.</summary>
    bool TrySerialize(object message, out SerializedMessage serialized);

    /// <summary>False when the manifest is unknown (a newer version's) or the payload malformed.</summary>
    bool TryDeserialize(string manifest, ReadOnlyMemory<byte> payload, [NotNullWhen(true)] out object? message);

    /// <summary>A ref as text that every node understands, with address and uids; empty for none.</summary>
    string WriteRef(IActorRef? actor);

    /// <summary>The ref that a text means, of this node or another; dead letters when it means none.</summary>
    IActorRef ReadRef(string text);
}
