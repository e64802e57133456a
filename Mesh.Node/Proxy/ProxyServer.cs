using System.Net;
using Mesh.Node.Proxy.Context;
using Mesh.Node.Proxy.Tls;
using Mesh.Node.Telemetry;
using Mesh.Node.Telemetry.AccessLogs;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Node.Proxy;

/// <summary>A listening server of a router and the connections that it has accepted.</summary>
internal sealed class ProxyServer
{
    private readonly LoopGroup _loops;
    private readonly Router _router;
    private readonly ServerParts _parts;
    private readonly ServerConnectionOptions _options;
    private readonly Action<Exception> _onBug;

    /// <summary>Open connections by loop; each set is touched on its own loop only.</summary>
    private readonly HashSet<Http1ServerConnection>[] _connections;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TlsEntrance? _entrance;
    private Listener? _listener;
    private int _open;
    private volatile bool _draining;

    public ProxyServer(
        LoopGroup loops, Router router, ServerMetrics metrics, UpgradePolicy upgrades, ServerContext context, AccessLog? accessLog,
        ServerConnectionOptions options, Action<Exception> onBug, ServerTls? tls = null, TlsComplaints? complaints = null)
    {
        _loops = loops;
        _router = router;
        _options = options with { OnClosed = Closed };
        _onBug = onBug;
        _connections = [.. loops.Loops.Select(static _ => new HashSet<Http1ServerConnection>())];
        metrics.ObserveConnections(() => Volatile.Read(ref _open));
        ServerSeries series = new(metrics, () => _listener?.Exhaustions ?? 0);
        _parts = new ServerParts(metrics, series, upgrades, context, accessLog);
        if (tls is null) return;
        TlsSeries handshakes = new(metrics, () => _entrance?.Count ?? 0);
        _entrance = new TlsEntrance(tls, loops, handshakes, complaints!, new TlsEntrance.Owner(Serve, Left, onBug));
    }

    public string RouterLabel => _router.Label;

    /// <summary>Null until it listens.</summary>
    public IPEndPoint? BoundEndPoint => _listener?.BoundEndPoint;

    public int OpenConnections => Volatile.Read(ref _open);

    /// <exception cref="System.Net.Sockets.SocketException">The address is in use, not of this host, or not permitted.</exception>
    public void Listen(IPEndPoint address, ListenerOptions options) => _listener = _loops.Listen(address, options, Accept);

    /// <summary>Accepts no more; idle connections close, busy ones after their response. Completes when none is open.</summary>
    public Task DrainAsync()
    {
        _draining = true;
        _listener?.Close();
        foreach (EventLoop loop in _loops.Loops)
        {
            loop.Post(static (self, of) => ((ProxyServer)self!).DrainLoop((EventLoop)of!), this, loop);
        }

        if (OpenConnections == 0) _drained.TrySetResult();
        return _drained.Task;
    }

    /// <summary>Breaks what is still open.</summary>
    public Task AbortAsync()
    {
        foreach (EventLoop loop in _loops.Loops)
        {
            loop.Post(static (self, of) => ((ProxyServer)self!).AbortLoop((EventLoop)of!), this, loop);
        }

        return _drained.Task;
    }

    private void Accept(Transport transport)
    {
        _parts.Metrics.Accepted.Add(transport.Loop.Index);
        Interlocked.Increment(ref _open);
        if (_entrance is null) Serve(transport);
        else if (_draining) Refuse(transport);
        else _entrance.Enter(transport);
    }

    private void Refuse(Transport transport)
    {
        transport.Abort();
        Left();
    }

    /// <summary>A connection is ready for requests.</summary>
    private void Serve(Transport transport)
    {
        Http1ServerConnection connection = new(transport, _options);
        _connections[transport.Loop.Index - 1].Add(connection);
        if (_draining) connection.Drain();
        _ = ServeAsync(connection);
    }

    private async Task ServeAsync(Http1ServerConnection connection)
    {
        RequestPath path = new(connection, _router, _parts);
        try
        {
            await path.ServeAsync();
        }
        catch (Exception bug)
        {
            _onBug(bug);
            connection.Abort();
            path.Abandon();
        }
    }

    private void Closed(Http1ServerConnection connection)
    {
        _connections[connection.Loop.Index - 1].Remove(connection);
        Left();
    }

    private void Left()
    {
        if (Interlocked.Decrement(ref _open) == 0 && _draining) _drained.TrySetResult();
    }

    private void DrainLoop(EventLoop loop)
    {
        _entrance?.GiveUp(loop);
        foreach (Http1ServerConnection connection in _connections[loop.Index - 1].ToArray()) connection.Drain();
    }

    private void AbortLoop(EventLoop loop)
    {
        _entrance?.GiveUp(loop);
        foreach (Http1ServerConnection connection in _connections[loop.Index - 1].ToArray()) connection.Abort();
    }
}
