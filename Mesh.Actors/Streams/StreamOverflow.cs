namespace Mesh.Actors.Streams;

/// <summary>What a full buffer does with the next element.</summary>
public enum StreamOverflow
{
    /// <summary>Whoever brings it waits.</summary>
    Backpressure,

    /// <summary>The one that waited longest is lost.</summary>
    DropHead,

    /// <summary>The youngest that waits is lost, the new one takes its place.</summary>
    DropTail,

    /// <summary>The new one is lost.</summary>
    DropNew,

    /// <summary>All that wait are lost.</summary>
    DropBuffer,

    /// <summary>The stream fails with <see cref="StreamOverflowException"/>.</summary>
    Fail,
}

/// <summary>A buffer with <see cref="StreamOverflow.Fail"/> was full.</summary>
public sealed class StreamOverflowException(string message) : Exception(message);
