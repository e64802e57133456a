using System.Net.Sockets;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Tls;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Pools;

/// <summary>
/// The half of a pool whose peers choose (ALPN). It is two pools: the one asked holds connections of HTTP/2, one behind it those of HTTP/1.1. What
/// the last handshake chose is where the next request goes; a connection that comes out as the other kind is handed over, and is what is believed
/// then.
/// </summary>
/// <remarks>Both take their places from one limit.</remarks>
public sealed partial class ConnectionPool
{
    /// <summary>Turns that a request takes between the halves while its address answers now this, now that.</summary>
    private const int MostTurns = 4;

    /// <summary>Of connections whose peers chose HTTP/1.1; null where none may.</summary>
    private readonly ConnectionPool? _http1;

    /// <summary>The one that this is behind.</summary>
    private readonly ConnectionPool? _chooser;
    private volatile bool _choseHttp1;

    private ConnectionPool(ConnectionPool chooser)
        : this(chooser.Address, chooser.Settings with { Http2 = null }, chooser.Places) => _chooser = chooser;

    private async ValueTask<PoolResult> OpenEitherAsync(EventLoop loop, long deadlineNs)
    {
        for (int turn = 0; turn < MostTurns; turn++)
        {
            PoolResult result = _choseHttp1
                ? _http1!.TryTake(loop) is { } idle
                    ? new PoolResult(idle, PoolFailure.None, SocketError.Success)
                    : await _http1.OpenHttp1Async(loop, deadlineNs)
                : await StreamsOf(loop).OpenAsync(deadlineNs);
            if (result.Failure != PoolFailure.ChoseOther) return result;
        }

        return Failed(PoolFailure.Tls) with { Tls = TlsFailure.OtherProtocol, Detail = "now HTTP/2, now HTTP/1.1" };
    }

    /// <summary>A connection that was opened for HTTP/2 is secured, and its peer did not choose that.</summary>
    /// <param name="loop">Its loop.</param>
    /// <param name="transport">It holds a place, which goes with it.</param>
    /// <param name="result">Of whoever waits first: the connection, or why there is none.</param>
    /// <returns>Its connection; null: it was broken off.</returns>
    internal Http1ClientConnection? TakeOther(EventLoop loop, TlsTransport transport, out PoolResult result)
    {
        if (_http1 is not { } http1)
        {
            _shares[loop.Index].Failures++;
            string chosen = transport.Protocol.Length == 0 ? "none" : transport.Protocol;
            transport.Abort();
            GiveBackPlace();
            result = Failed(PoolFailure.Tls) with { Tls = TlsFailure.OtherProtocol, Detail = chosen };
            return null;
        }

        _choseHttp1 = true;
        http1._shares[loop.Index].Loop = loop;
        Http1ClientConnection connection = new(transport, http1, Options);
        connection.Begin();
        result = new PoolResult(connection, PoolFailure.None, SocketError.Success);
        return connection;
    }

    /// <summary>A connection that was opened for HTTP/1.1 came out as HTTP/2: its first stream is the opener's.</summary>
    private PoolResult TakeHttp2(EventLoop loop, Transport transport)
    {
        _choseHttp1 = false;
        _shares[loop.Index].Loop = loop;
        return StreamsOf(loop).TakeOver(transport) is { } stream
            ? new PoolResult(stream, PoolFailure.None, SocketError.Success)
            : Failed(PoolFailure.ChoseOther);
    }
}
