using System.Net;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Transports;

/// <summary>
/// A byte stream to a peer, bound to one loop: non-blocking calls and readiness events. The seam between protocols and what carries them:
/// epoll on Linux, System.Net.Sockets elsewhere, TLS over either.
/// </summary>
/// <remarks>Hot path. All members on the owning loop only. A negative result is <see cref="WouldBlock"/> or <see cref="Broken"/>.</remarks>
public abstract class Transport
{
    /// <summary>Nothing now; the observer is told when to try again.</summary>
    public const int WouldBlock = -1;

    /// <summary>The connection is over: reset, or closed here.</summary>
    public const int Broken = -2;

    protected Transport(EventLoop loop) => Loop = loop;

    public EventLoop Loop { get; }

    /// <summary>Who is told of readiness. Set before the first call; changed when a connection changes hands.</summary>
    public ITransportObserver? Observer { get; set; }

    public bool IsClosed { get; protected set; }

    /// <summary>The peer has ended its direction, or more: nothing that follows can be a new request or an idle connection.</summary>
    public abstract bool PeerEnded { get; }

    /// <summary>The client's address: for whom a load balancer in front speaks, or else the peer's; null when it is gone.</summary>
    public IPEndPoint? RemoteEndPoint => SpokenFor ?? PeerEndPoint;

    /// <summary>What the peer told of its client's connection (the PROXY protocol), where it is believed; null: it speaks for itself.</summary>
    public virtual ProxiedConnection? Proxied { get; set; }

    /// <summary>The address that the peer told as its client's; null: it speaks for itself.</summary>
    public IPEndPoint? SpokenFor => Proxied?.Client;

    /// <summary>The peer's own address, asked of the system when needed; null when it is gone.</summary>
    public abstract IPEndPoint? PeerEndPoint { get; }

    public abstract IPEndPoint? LocalEndPoint { get; }

    /// <summary>
    /// What the client connected to, where that was not this socket: a load balancer in front says so, or the system's firewall led the connection
    /// here. Null where neither did. Cold.
    /// </summary>
    public IPEndPoint? OriginalDestination =>
        Proxied is not { } told ? RedirectedFrom : told.Destination.Equals(LocalEndPoint) ? null : told.Destination;

    /// <summary>What the peer connected to before a firewall led it here (REDIRECT); null: none did, or the system cannot tell. Cold.</summary>
    public virtual IPEndPoint? RedirectedFrom => null;

    /// <summary>Up to <c>buffer.Length</c> bytes: their count, 0 at the peer's end of stream, or a negative result.</summary>
    public abstract int Receive(Span<byte> buffer);

    /// <summary>
    /// The first bytes that <see cref="Receive"/> would give, left where they are; results as there. For whoever must know what is spoken before it
    /// decides who reads. Cold. Fewer bytes than asked for are all that have come.
    /// </summary>
    public virtual int Peek(Span<byte> buffer) => throw new NotSupportedException();

    /// <summary>Readiness was told and the socket has not been read dry since: bytes, the end or nothing may wait. No system call.</summary>
    public abstract bool MayHaveUnread { get; }

    /// <summary>
    /// Asks the system whether the peer has already ended, or sent, anything: one call more, for requests that must not be sent twice.
    /// </summary>
    public abstract bool HasUnread();

    /// <summary>Gives bytes to the system: how many it took (less than given means: wait for room), or a negative result.</summary>
    /// <param name="bytes">What to send.</param>
    /// <param name="more">More follows at once: the system may wait to fill a packet.</param>
    public abstract int Send(ReadOnlySpan<byte> bytes, bool more = false);

    /// <summary>
    /// Has the system break the connection when the peer's system has answered nothing for so long: neither what was sent nor, on an idle one, the
    /// probes that begin after half of it. Nothing happens where the system knows no such thing. Cold; 5 s or more.
    /// </summary>
    public virtual void BreakAfterSilence(TimeSpan silence)
    {
    }

    /// <summary>Ends this direction with a FIN after everything sent.</summary>
    public abstract void ShutdownSend();

    /// <summary>Closes in order: what was sent arrives if the peer reads it. Idempotent.</summary>
    public abstract void Close();

    /// <summary>Closes with a reset, so that the peer cannot take what came for whole. Idempotent.</summary>
    public abstract void Abort();
}
