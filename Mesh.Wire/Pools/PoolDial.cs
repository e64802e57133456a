using System.Net;
using System.Net.Sockets;
using Mesh.Wire.Loops;
using Mesh.Wire.Tls;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Pools;

/// <summary>A transport for a pool's connection, secured where its settings say so, or why there is none.</summary>
public readonly record struct PoolDial(Transport? Transport, SocketError Error, TlsFailure Tls = TlsFailure.None, string? Detail = null)
{
    /// <summary>The time ran out, in one step or the other.</summary>
    public bool TimedOut => Error == SocketError.TimedOut || Tls == TlsFailure.TimedOut;

    /// <summary>What came of it, in the words of pools; without the connection.</summary>
    public PoolResult Result => Tls == TlsFailure.None
        ? new PoolResult(null, PoolFailure.Connect, Error)
        : new PoolResult(null, PoolFailure.Tls, SocketError.Success) { Tls = Tls, Detail = Detail };

    /// <summary>Connects, then shakes hands; both together within the time. Only on that loop; cold.</summary>
    /// <param name="loop">The caller's.</param>
    /// <param name="address">Whom to reach.</param>
    /// <param name="terms">Null: plain bytes.</param>
    /// <param name="timeoutNs">For all of it.</param>
    /// <param name="first">Sent before all else, before the handshake too; a few hundred bytes at most.</param>
    /// <param name="leaving">See <see cref="EventLoop.ConnectAsync"/>.</param>
    public static async ValueTask<PoolDial> ConnectAsync(
        EventLoop loop, IPEndPoint address, TlsDialing? terms, long timeoutNs, ReadOnlyMemory<byte> first = default,
        Action<IPEndPoint>? leaving = null)
    {
        if (terms is { Obstacle: not TlsFailure.None and var obstacle }) return new PoolDial(null, SocketError.Success, obstacle);
        long startNs = EventLoop.NowNs;
        ConnectResult connected = await loop.ConnectAsync(address, timeoutNs, leaving);
        if (connected.Transport is not { } transport) return new PoolDial(null, connected.Error);

        // A new connection's buffer takes it whole.
        if (!first.IsEmpty && transport.Send(first.Span) != first.Length)
        {
            transport.Abort();
            return new PoolDial(null, SocketError.ConnectionReset);
        }

        if (terms is null) return new PoolDial(transport, connected.Error);
        long leftNs = timeoutNs == LoopTimer.Never ? LoopTimer.Never : Math.Max(1, timeoutNs - (EventLoop.NowNs - startNs));
        TlsResult secured = await new TlsHandshake(transport).DialAsync(terms.Options, leftNs);
        return new PoolDial(secured.Transport, SocketError.Success, secured.Why, secured.Failure);
    }
}
