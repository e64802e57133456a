using Mesh.Wire.Loops;

namespace Mesh.Wire.Exchange;

/// <summary>A client's connection of any protocol, as whoever accepted it sees it. On its loop.</summary>
public interface IServerConnection
{
    EventLoop Loop { get; }

    /// <summary>The node is stopping: no further exchange begins, those that have begun end, then it closes.</summary>
    void Drain();

    /// <summary>Breaks it, with all that it carries.</summary>
    void Abort();
}
