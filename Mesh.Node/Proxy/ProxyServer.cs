using System.Net;
using Mesh.Node.Proxy.Context;
using Mesh.Node.Proxy.Opaque;
using Mesh.Node.Proxy.Tls;
using Mesh.Node.Telemetry;
using Mesh.Node.Telemetry.AccessLogs;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Detection;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Loops;
using Mesh.Wire.ProxyProtocol;
using Mesh.Wire.Tls;
using Mesh.Wire.Transports;

namespace Mesh.Node.Proxy;

/// <summary>A listening server of a router and the connections that it has accepted.</summary>
internal sealed class ProxyServer
{
    /// <summary>From the first byte until it is known what is spoken. It is a matter of one packet, unless somebody plays.</summary>
    public const long SniffNs = 5_000_000_000;

    private readonly LoopGroup _loops;
    private readonly Router _router;
    private readonly ServerParts _parts;
    private readonly ServerConnectionOptions _options;
    private readonly Action<Exception> _onBug;
    private readonly Sniffer.Settings _sniffing;
    private readonly Http2Options _http2;

    /// <summary>Open connections by loop; each set is touched on its own loop only.</summary>
    private readonly HashSet<IServerConnection>[] _connections;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TlsEntrance? _entrance;
    private readonly OpaqueDoor? _opaque;
    private readonly ProxyHeaderLook.Settings _headers;
    private Listener? _listener;
    private int _open;
    private volatile bool _draining;

    public ProxyServer(
        LoopGroup loops, Router router, ServerMetrics metrics, UpgradePolicy upgrades, ServerContext context, AccessLog? accessLog,
        ServerConnectionOptions options, Http2Options http2, Action<Exception> onBug, ServerTls? tls = null, TlsComplaints? complaints = null,
        OpaqueTerms? opaque = null)
    {
        _loops = loops;
        _router = router;
        _options = options with { OnClosed = Closed, TryUpgrade = TryBeginHttp2 };
        _onBug = onBug;
        _sniffing = new Sniffer.Settings(opaque?.DetectNs ?? options.IdleTimeoutNs, SniffNs, OnlyHttp: opaque is null, Begin);
        _headers = new ProxyHeaderLook.Settings(options.HeadTimeoutNs, Introduced);
        _http2 = http2;
        _connections = [.. loops.Loops.Select(static _ => new HashSet<IServerConnection>())];
        metrics.ObserveConnections(() => Volatile.Read(ref _open));
        ServerSeries series = new(metrics, () => _listener?.Exhaustions ?? 0);
        _parts = new ServerParts(metrics, series, upgrades, context, accessLog) { TunnelIdleNs = options.TunnelIdleTimeoutNs };
        if (opaque is not null) _opaque = new OpaqueDoor(opaque, router, _parts);
        if (tls is null) return;
        TlsSeries handshakes = new(metrics, () => _entrance?.Count ?? 0);
        _entrance = new TlsEntrance(tls, loops, handshakes, complaints!, new TlsEntrance.Owner(Serve, Left, onBug));
    }

    /// <summary>Clients without TLS may go on in HTTP/2 by an upgrade.</summary>
    public bool TakesH2c { get; init; }

    /// <summary>Every connection begins with a header of the PROXY protocol.</summary>
    public bool TakesProxyHeader { get; init; }

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
        if (!TakesProxyHeader)
        {
            Admit(transport);
            return;
        }

        ProxyHeaderLook look = new(transport, _headers);
        Of(transport.Loop).Add(look);
        look.Start();
    }

    /// <summary>A balancer has said for whom it speaks, or has not.</summary>
    private void Introduced(ProxyHeaderLook look, LookEnd end, RejectReason reason)
    {
        Of(look.Loop).Remove(look);
        if (reason != RejectReason.None) _parts.Metrics.Rejections[(int)reason].Add(look.Loop.Index);
        if (end == LookEnd.Gone) Left();
        else if (reason != RejectReason.None) Refuse(look.Transport);
        else Admit(look.Transport);
    }

    private void Admit(Transport transport)
    {
        if (_entrance is null) Serve(transport);
        else if (_draining) Refuse(transport);
        else _entrance.Enter(transport);
    }

    private void Refuse(Transport transport)
    {
        transport.Abort();
        Left();
    }

    /// <summary>A connection is ready for requests: a secured one may have said what it speaks; else the first bytes say it.</summary>
    private void Serve(Transport transport)
    {
        if (_opaque is not null && _opaque.TakesUnseen(transport))
        {
            BeginOpaque(transport, looks: !_opaque.Terms.TakesHttp);
            return;
        }

        if (transport is TlsTransport { Protocol.Length: > 0 } secured)
        {
            if (secured.IsHttp2) BeginHttp2(transport);
            else BeginHttp1(transport);
            return;
        }

        Sniffer sniffer = new(transport, _sniffing);
        Of(transport.Loop).Add(sniffer);
        sniffer.Start();
    }

    private HashSet<IServerConnection> Of(EventLoop loop) => _connections[loop.Index - 1];

    /// <summary>The connection's first bytes are here: from now on it is what they are.</summary>
    private void Begin(Sniffer sniffer, SpokenProtocol spoken)
    {
        Of(sniffer.Loop).Remove(sniffer);
        if (_opaque is not null && _opaque.Takes(sniffer.Loop.Index, spoken))
        {
            BeginOpaque(sniffer.Transport, looks: spoken == SpokenProtocol.Tls);
            return;
        }

        if (spoken == SpokenProtocol.Silent) sniffer.Transport.Close();
        if (spoken is SpokenProtocol.Silent or SpokenProtocol.Gone) Left();
        else if (spoken == SpokenProtocol.Http2) BeginHttp2(sniffer.Transport);
        else BeginHttp1(sniffer.Transport);
    }

    private void BeginHttp1(Transport transport)
    {
        Http1ServerConnection connection = new(transport, _options);
        Of(transport.Loop).Add(connection);
        if (_draining) connection.Drain();
        Serve(connection);
    }

    private void BeginHttp2(Transport transport)
    {
        Http2ServerConnection connection = Http2On(transport);
        connection.Start();
        if (_draining) connection.Drain();
    }

    private bool TryBeginHttp2(Http1ServerConnection from, ReadOnlySpan<byte> unread)
    {
        Span<byte> settings = stackalloc byte[H2cOffer.MaxSettingsBytes];
        if (!TakesH2c || from.Transport is TlsTransport || !H2cOffer.TryRead(from.Request, settings, out int length)) return false;
        Http2ServerConnection connection = Http2On(from.Transport);
        Of(from.Loop).Remove(from);
        connection.Start(from, settings[..length], unread);
        return true;
    }

    private Http2ServerConnection Http2On(Transport transport)
    {
        Http2ServerConnection connection = new(transport, _http2, _options.Limits, Serve, Closed)
        {
            OnGlitch = _parts.Series.Glitches.Count,
        };
        Of(transport.Loop).Add(connection);
        return connection;
    }

    private async void BeginOpaque(Transport transport, bool looks)
    {
        OpaquePath path = new(transport, _opaque!, looks);
        Of(transport.Loop).Add(path);
        try
        {
            await path.ServeAsync();
        }
        catch (Exception bug)
        {
            _onBug(bug);
            path.Abandon();
        }

        Of(path.Loop).Remove(path);
        Left();
    }

    /// <summary>A flow of requests begins: a connection's of HTTP/1, or a place's on one of HTTP/2.</summary>
    private void Serve(IServerExchange exchange) => _ = ServeAsync(exchange);

    private async Task ServeAsync(IServerExchange exchange)
    {
        RequestPath path = new(exchange, _router, _parts);
        try
        {
            await path.ServeAsync();
        }
        catch (Exception bug)
        {
            _onBug(bug);
            exchange.Abort();
            path.Abandon();
            exchange.CloseGracefully();
        }
    }

    private void Closed(IServerConnection connection)
    {
        Of(connection.Loop).Remove(connection);
        Left();
    }

    private void Left()
    {
        if (Interlocked.Decrement(ref _open) == 0 && _draining) _drained.TrySetResult();
    }

    private void DrainLoop(EventLoop loop)
    {
        _entrance?.GiveUp(loop);
        foreach (IServerConnection connection in Of(loop).ToArray()) connection.Drain();
    }

    private void AbortLoop(EventLoop loop)
    {
        _entrance?.GiveUp(loop);
        foreach (IServerConnection connection in Of(loop).ToArray()) connection.Abort();
    }
}
