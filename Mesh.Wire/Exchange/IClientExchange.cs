using Mesh.Wire.Http1;
using Mesh.Wire.Tls;

namespace Mesh.Wire.Exchange;

/// <summary>How a wait for a response head ended.</summary>
public enum ResponseArrival : byte
{
    /// <summary>A whole, valid head, interim or final, is in <see cref="IClientExchange.Response"/>.</summary>
    Head,

    /// <summary>The backend closed or reset before any byte of a response.</summary>
    ClosedBeforeByte,

    /// <summary>The backend broke this exchange off, and kept its connection: <see cref="IClientExchange.BrokenBy"/>.</summary>
    Reset,

    /// <summary>The backend says that it did nothing with the request (RFC 9113 section 8.7): it may be sent again, whatever it is.</summary>
    Refused,

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
public interface IClientExchange : IBodySource, IBodySink, IGoneWatcher
{
    ResponseHead Response { get; }

    RejectReason Rejection { get; }

    /// <summary>What the backend said when it broke the exchange off, in words; empty where it said nothing.</summary>
    string BrokenBy { get; }

    /// <summary>The code with which the backend broke the exchange off (RFC 9113 section 7); -1 where it said none.</summary>
    int ResetCode => -1;

    /// <summary>Pauses of the response are as long as a tunnel's: the two sides talk as they like. Set before the head is awaited.</summary>
    bool MayPause
    {
        set { }
    }

    /// <summary>What secures its connection; null: nothing.</summary>
    TlsTransport? Tls { get; }

    /// <summary>The connection served an exchange before: it may have been closed by the backend just when this one began.</summary>
    bool IsReused { get; }

    /// <summary>The backend may still take what is left of the request's body though its response is complete.</summary>
    bool CanOutlive { get; }

    /// <summary>Looks whether the backend has closed just now, before anything is sent; then this exchange is over.</summary>
    bool IsStillOpen();

    /// <summary>
    /// Whether the backend would take the offer of an upgrade. On a new connection of HTTP/2 its word is waited for (RFC 8441 section 3), until it
    /// has come, the time is over, or the exchange.
    /// </summary>
    ValueTask<bool> TakesUpgradeAsync(long deadlineNs) => new(true);

    /// <summary>
    /// After a 101: the backend has shown that it read the key that was made for it (RFC 6455 section 4.1); true where the client made one itself.
    /// </summary>
    bool ProvesUpgrade => true;

    /// <summary>Queues the head of a request.</summary>
    void WriteRequest(RequestHead head, HeadEdits edits, ReadOnlySpan<byte> upgradeToken);

    /// <summary>Waits for the next head: each 1xx, then the final one.</summary>
    ValueTask<ResponseArrival> NextHeadAsync(long deadlineNs);

    /// <summary>All of the response is here, and its trailers are known; much of it may not be read yet.</summary>
    bool IsWhole => IsBodyRead;

    /// <summary>More of a response may come than is read: <see cref="WhenWholeAsync"/> can wait for it.</summary>
    bool ReadsAhead => false;

    /// <summary>
    /// After the final head, before any of its body is read: waits until all of the response is here, its trailers too. Nothing of it is read.
    /// </summary>
    /// <param name="maxBytes">Payload; more ends the wait.</param>
    /// <param name="deadlineNs">Ends it, too; monotonic nanoseconds.</param>
    /// <returns>Last: it is whole. Data: it is too long, too slow, or not read ahead. Else why it broke off.</returns>
    ValueTask<BodyStatus> WhenWholeAsync(int maxBytes, long deadlineNs) => new(IsBodyRead ? BodyStatus.Last : BodyStatus.Data);

    /// <summary>After a 101: both directions are opaque bytes.</summary>
    void BecomeTunnel();

    /// <summary>The exchange is over: the connection serves others if it can, else it closes.</summary>
    void Release();

    /// <summary>The exchange failed: the connection closes.</summary>
    void Abort();
}
