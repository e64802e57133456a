using System.Net;
using Mesh.Wire.Http1;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Exchange;

/// <summary>How a wait for the next request ended.</summary>
public enum RequestArrival : byte
{
    /// <summary>A whole, valid head is in <see cref="IServerExchange.Request"/>.</summary>
    Request,

    /// <summary>What came is refused for <see cref="IServerExchange.Rejection"/>; after the answer the connection ends.</summary>
    Rejected,

    /// <summary>The client is done: it closed, reset, or was idle too long.</summary>
    Closed,
}

/// <summary>
/// The client's side of exchanges, one after the other: a connection of HTTP/1, a stream slot of HTTP/2. One long-lived flow drives it:
/// next request, read body, write head, write body, finish.
/// </summary>
/// <remarks>
/// Only the owning flow, on the owning loop, calls; waits are on sources that live as long as the exchange, so nothing is allocated per
/// request.
/// </remarks>
public interface IServerExchange : IBodySource, IBodySink
{
    RequestHead Request { get; }

    RejectReason Rejection { get; }

    /// <summary>What carries it, alone or with others: for addresses and TLS.</summary>
    Transport Transport { get; }

    /// <summary>Asked of the system once, when somebody wants to know.</summary>
    IPAddress? RemoteAddress { get; }

    /// <summary>Bytes that came for exchanges of this object, framing included, since it began; for metrics.</summary>
    long BytesReceived { get; }

    /// <summary>The same, of what left.</summary>
    long BytesSent { get; }

    /// <summary>The client reset the connection: nothing can be answered.</summary>
    bool IsGone { get; }

    /// <summary>A byte of a final response has left, or is on its way: the status can no longer change.</summary>
    bool ResponseBegun { get; }

    /// <summary>Told when the client goes away during an exchange. Set for the time of an attempt.</summary>
    IGoneWatcher? GoneWatcher { get; set; }

    /// <summary>Ends the former exchange and waits for the next.</summary>
    ValueTask<RequestArrival> NextRequestAsync();

    /// <summary>
    /// Another attempt may follow: what is read of the body is kept from here on, as long as it is not more than so many bytes of payload; what
    /// grows larger is let go of at once, and is sent once only. Called before the first read; holds until the response begins.
    /// </summary>
    void KeepBody(int maxBytes);

    /// <summary>
    /// <see cref="TryRewindBody"/> would succeed: the client is there, and nothing was read of its body, or all that was read is still here. A body
    /// that came whole with its head always is. Ending the present attempt's reads does not change it.
    /// </summary>
    bool CanRewindBody { get; }

    /// <summary>
    /// Starts the body again for another attempt; false when parts of it are gone. Then reads give what was kept, and go on with what the client
    /// sends. Nobody reads now; a <see cref="CancelBodyRead"/> before is undone.
    /// </summary>
    bool TryRewindBody();

    /// <summary>The client waits for 100 (Continue) and has not been told it: it may never send its body.</summary>
    bool AwaitsContinue { get; }

    /// <summary>Ends a wait for the body, and each further one, with <see cref="BodyStatus.Cancelled"/>. Nothing that came is lost.</summary>
    void CancelBodyRead();

    /// <summary>Queues a 1xx response; dropped for clients of HTTP/1.0. A client is told 100 once, however many attempts ask for its body.</summary>
    void WriteInterim(ResponseHead head, HeadEdits edits);

    /// <summary>Queues the head of the final response. The framing towards the client follows from the head and the client's version.</summary>
    void WriteHead(ResponseHead head, HeadEdits edits);

    /// <summary>Queues the 101 of an allowed upgrade; from here both directions are opaque bytes.</summary>
    void WriteUpgrade(ResponseHead head, HeadEdits edits, ReadOnlySpan<byte> token);

    /// <summary>Queues a response of the proxy's own.</summary>
    void WriteLocal(int status, ReadOnlySpan<byte> reason, ReadOnlySpan<byte> fieldLines, ReadOnlySpan<byte> body, bool close);

    /// <summary>Ends the exchange in a way that no client can take for a complete response.</summary>
    void Abort();

    /// <summary>The same, with a code that says why where the protocol has such (RFC 9113 section 7).</summary>
    void Abort(int resetCode) => Abort();

    /// <summary>Pauses of the request's body are as long as a tunnel's: the two sides talk as they like. For the present exchange.</summary>
    bool MayPause
    {
        set { }
    }

    /// <summary>Its flow is over, and calls no more: what was sent arrives, even while the client still sends.</summary>
    void CloseGracefully();
}

/// <summary>Whoever must stop working when the client goes away.</summary>
public interface IGoneWatcher
{
    /// <summary>On the loop, during the event: set a flag, cancel a wait.</summary>
    void OnGone();
}
