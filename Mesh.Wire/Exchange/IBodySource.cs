using Mesh.Wire.Http1;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Exchange;

/// <summary>The receiving side of an exchange: a body that is pulled, piece by piece.</summary>
public interface IBodySource
{
    EventLoop Loop { get; }

    /// <summary>The body was read to its end once; a rewind does not change that.</summary>
    bool IsBodyRead { get; }

    /// <summary>The body's trailers, known once <see cref="IsBodyRead"/>, or once the body is wholly here; null when its framing has none.</summary>
    TrailerSection? Trailers { get; }

    /// <summary>A piece of the body that is here already. False: <see cref="ReadBodyAsync"/> would wait.</summary>
    bool TryReadBody(out BodyRead read);

    /// <summary>The next piece. The one before is no longer valid.</summary>
    ValueTask<BodyRead> ReadBodyAsync();
}

/// <summary>The sending side of an exchange: heads and pieces are queued and flushed.</summary>
public interface IBodySink
{
    /// <summary>Queues a small piece by copying it; with the last piece also the framing's end.</summary>
    void AppendBody(in BodyRead read, TrailerSection? trailers);

    /// <summary>Sends what is queued. False: the peer is gone.</summary>
    ValueTask<bool> FlushAsync();

    /// <summary>Sends a piece, without copying when it is large. False: the peer is gone.</summary>
    ValueTask<bool> WriteBodyAsync(BodyRead read, TrailerSection? trailers);

    /// <summary>In an upgraded exchange: bytes went this way, so the other way is not idle either.</summary>
    void Touch();

    /// <summary>In an upgraded exchange: the other side has sent its last byte.</summary>
    void ShutdownSend();
}
