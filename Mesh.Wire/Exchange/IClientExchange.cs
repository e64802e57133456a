using Mesh.Wire.Http1;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Exchange;

/// <summary>How a wait for a response head ended.</summary>
public enum ResponseArrival : byte
{
    /// <summary>A whole, valid head, interim or final, is in <see cref="IClientExchange.Response"/>.</summary>
    Head,

    /// <summary>The backend closed or reset before any byte of a response.</summary>
    ClosedBeforeByte,

    /// <summary>The backend closed or reset within the head.</summary>
    ClosedInHead,

    /// <summary>What came is no HTTP response, or over a limit: <see cref="IClientExchange.Rejection"/>.</summary>
    Rejected,

    /// <summary>No head within the time allowed.</summary>
    TimedOut,

    /// <summary>Given up because the client went away.</summary>
    Cancelled,
}

/// <summary>The backend's side of one exchange: the mirror of <see cref="IServerExchange"/>.</summary>
public interface IClientExchange : IGoneWatcher
{
    EventLoop Loop { get; }

    ResponseHead Response { get; }

    RejectReason Rejection { get; }

    /// <summary>The connection served an exchange before: it may have been closed by the backend just when this one began.</summary>
    bool IsReused { get; }

    /// <summary>Queues the head of a request.</summary>
    void WriteRequest(RequestHead head, HeadEdits edits, ReadOnlySpan<byte> upgradeToken);

    /// <summary>Queues a small piece of the body by copying it; with the last piece also the framing's end.</summary>
    void AppendBody(in BodyRead read, TrailerSection? trailers);

    ValueTask<bool> FlushAsync();

    ValueTask<bool> WriteBodyAsync(BodyRead read, TrailerSection? trailers);

    /// <summary>Waits for the next head: each 1xx, then the final one.</summary>
    ValueTask<ResponseArrival> NextHeadAsync(long deadlineNs);

    /// <summary>The response has been read to its end.</summary>
    bool IsBodyRead { get; }

    bool TryReadBody(out BodyRead read);

    ValueTask<BodyRead> ReadBodyAsync();

    /// <summary>The response's trailers, known once <see cref="IsBodyRead"/>; null when its framing has none.</summary>
    TrailerSection? ResponseTrailers { get; }

    /// <summary>After a 101: both directions are opaque bytes.</summary>
    void BecomeTunnel();

    /// <summary>In an upgraded exchange: bytes went this way, so the other way is not idle either.</summary>
    void Touch();

    void ShutdownSend();

    /// <summary>The exchange is over: the connection serves others if it can, else it closes.</summary>
    void Release();

    /// <summary>The exchange failed: the connection closes.</summary>
    void Abort();
}
