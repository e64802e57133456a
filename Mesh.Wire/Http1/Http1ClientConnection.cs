using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;
using Mesh.Wire.Tls;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Http1;

/// <summary>A connection to a backend over HTTP/1.1: one exchange at a time, idle in its pool between them.</summary>
/// <remarks>
/// Hot path. While idle it watches: whatever arrives then (a FIN, a reset, bytes that nobody asked for) takes it out of the pool before a
/// request can meet it. The race that remains, a backend that closes just as a request leaves, is told by
/// <see cref="ResponseArrival.ClosedBeforeByte"/> on a connection that <see cref="IsReused"/>.
/// </remarks>
public sealed class Http1ClientConnection : LoopTimer, ITransportObserver, IClientExchange, IHeadParser
{
    private readonly Transport _transport;
    private readonly ConnectionPool _pool;
    private readonly ClientConnectionOptions _options;
    private readonly Http1Receiver _receiver;
    private readonly Http1Sender _sender;
    private readonly LoopSource<ResponseArrival> _arrival = new();
    private readonly long _endOfLife;
    private long _headDeadline = Never;
    private bool _watchesSend;
    private RejectReason _rejection;
    private KnownMethod _method;
    private bool _responseBegun;
    private bool _requestEnded;
    private bool _tunnel;
    private bool _broken;
    private bool _cancelled;
    private byte[]? _keyAnswer;

    internal Http1ClientConnection(Transport transport, ConnectionPool pool, ClientConnectionOptions options)
    {
        _transport = transport;
        _pool = pool;
        _options = options;
        _receiver = new Http1Receiver(transport, options.Limits);
        _sender = new Http1Sender(transport);
        _endOfLife = options.LifeTimeNs == Never ? Never : EventLoop.NowNs + options.LifeTimeNs;
        transport.Observer = this;
    }

    public EventLoop Loop => _transport.Loop;

    /// <summary>What secures it; null: nothing does. Cold.</summary>
    public TlsTransport? Tls => _transport as TlsTransport;

    public ResponseHead Response { get; } = new();

    public RejectReason Rejection => _rejection == RejectReason.None ? _receiver.Reason : _rejection;

    public string BrokenBy => "";

    public bool IsReused { get; private set; }

    public bool IsBodyRead => _receiver.IsBodyRead;

    public bool ProvesUpgrade =>
        _keyAnswer is null || (Response.TryGetField(KnownField.SecWebSocketAccept, out ReadOnlySpan<byte> said) && said.SequenceEqual(_keyAnswer));

    /// <summary>The backend still takes what is left of the request's body though its response is complete.</summary>
    public bool CanOutlive => Response.KeepAlive && !_broken && !_cancelled && !_transport.PeerEnded;

    public TrailerSection? Trailers => _receiver.Trailers;

    /// <summary>Neighbours in the pool's list of idle connections.</summary>
    internal Http1ClientConnection? IdleNext { get; set; }

    internal Http1ClientConnection? IdlePrevious { get; set; }

    internal bool IsIdle { get; set; }

    public void WriteRequest(RequestHead head, HeadEdits edits, ReadOnlySpan<byte> upgradeToken)
    {
        _method = head.Method;
        _requestEnded = head.Framing == BodyFraming.None || head is { Framing: BodyFraming.Length, ContentLength: 0 };
        _sender.Framing = head.Framing;
        _keyAnswer = upgradeToken.IsEmpty ? null : WebSocketKeys.AddKey(head, edits, upgradeToken, Loop);
        Http1Encoder.WriteRequestHead(
            _sender.Output, head, edits, head.Framing, head.ContentLength, keepAlive: true, head.AcceptsTrailers, upgradeToken);
    }

    public void AppendBody(in BodyRead read, TrailerSection? trailers)
    {
        _requestEnded |= read.IsLast;
        _sender.Append(read, trailers);
    }

    public ValueTask<bool> FlushAsync() => Watched(_sender.FlushAsync());

    public ValueTask<bool> WriteBodyAsync(BodyRead read, TrailerSection? trailers)
    {
        _requestEnded |= read.IsLast;
        return Watched(_sender.WriteAsync(read, trailers));
    }

    public ValueTask<ResponseArrival> NextHeadAsync(long deadlineNs)
    {
        if (_cancelled) return new ValueTask<ResponseArrival>(ResponseArrival.Cancelled);
        if (TryArrive(out ResponseArrival arrival)) return new ValueTask<ResponseArrival>(arrival);
        _headDeadline = deadlineNs;
        _watchesSend = false;
        if (deadlineNs == Never) Watch(_options.ResponseIdleTimeoutNs);
        else Set(Loop, deadlineNs);
        return _arrival.Arm();
    }

    public bool TryReadBody(out BodyRead read) => _receiver.TryRead(out read);

    public ValueTask<BodyRead> ReadBodyAsync()
    {
        if (_cancelled) return new ValueTask<BodyRead>(BodyRead.Failure(BodyStatus.Cancelled));
        ValueTask<BodyRead> read = _receiver.ReadAsync();
        if (!read.IsCompleted) Watch(_tunnel ? _options.TunnelIdleTimeoutNs : _options.ResponseIdleTimeoutNs);
        return read;
    }

    public void BecomeTunnel()
    {
        _tunnel = true;
        _sender.Framing = BodyFraming.UntilClose;
        _receiver.BecomeOpaque();
    }

    public void Touch()
    {
        if (_receiver.IsWaiting) Watch(_options.TunnelIdleTimeoutNs);
    }

    /// <summary>Looks whether the backend has closed an idle connection just now; then it closes here too.</summary>
    public bool IsStillOpen()
    {
        if (!_transport.HasUnread()) return true;
        Close();
        return false;
    }

    public void ShutdownSend() => _transport.ShutdownSend();

    public void Release()
    {
        if (_transport.IsClosed) return;
        bool reusable = _requestEnded && _receiver.IsBodyRead && _receiver.IsEmpty && !_sender.HasPending && !_broken && !_cancelled && !_tunnel
            && Response.KeepAlive && Response.Framing != BodyFraming.UntilClose && !_transport.PeerEnded
            && (_endOfLife == Never || EventLoop.NowNs < _endOfLife)
            && !(_transport.MayHaveUnread && _transport.HasUnread());
        if (!reusable)
        {
            Close();
            return;
        }

        _receiver.EndExchange();
        Response.LetGo();
        IsReused = true;
        if (_pool.TryKeep(this)) WatchIdle();
        else Close();
    }

    public void Abort()
    {
        if (_transport.IsClosed) return;
        _transport.Abort();
        Closed();
    }

    void IGoneWatcher.OnGone() => CancelExchange();

    HeadStatus IHeadParser.Parse(byte[] arena, int start, int end, ref int scanned, out RejectReason reason) =>
        ResponseHeadParser.Parse(arena, start, end, ref scanned, Response, _method, _options.Limits, out reason);

    void ITransportObserver.OnReadable()
    {
        if (IsIdle)
        {
            // Nothing is owed to us: a FIN, or bytes that could be taken for the answer to the next request.
            Close();
        }
        else if (_arrival.IsArmed)
        {
            if (TryArrive(out ResponseArrival arrival)) Arrive(arrival);
        }
        else
        {
            _receiver.OnReadable();
        }
    }

    void ITransportObserver.OnWritable() => _sender.OnWritable();

    void ITransportObserver.OnBroken()
    {
        // What arrived before the reset may still be read; the OnReadable that follows finds its end.
        _broken = true;
        _sender.Break();
    }

    protected internal override void OnDeadline()
    {
        if (IsIdle)
        {
            if (_pool.Open > _pool.Limits.MinConnections || EventLoop.NowNs >= _endOfLife) Close();
            else WatchIdle();
        }
        else if (_arrival.IsArmed)
        {
            // A send beside the wait had less time, and is over.
            bool isOver = _watchesSend && !_sender.IsWaiting && _headDeadline != Never;
            _watchesSend = false;
            if (isOver) Set(Loop, _headDeadline);
            else _arrival.Complete(ResponseArrival.TimedOut);
        }
        else if (_sender.IsWaiting)
        {
            // The deadline is one for both directions; a response that is still awaited gets a new one.
            _sender.Break();
            if (_receiver.IsWaiting) Watch(_options.ResponseIdleTimeoutNs);
        }
        else
        {
            _receiver.Fail(BodyStatus.TimedOut);
        }
    }

    /// <summary>Taken from the pool for an exchange.</summary>
    internal void Begin()
    {
        Cancel();
        _tunnel = _cancelled = false;
        _rejection = RejectReason.None;
        _headDeadline = Never;
        _responseBegun = false;
    }

    internal void Close()
    {
        if (_transport.IsClosed) return;
        _transport.Close();
        Closed();
    }

    private void CancelExchange()
    {
        _cancelled = true;
        _sender.Break();
        _arrival.Complete(ResponseArrival.Cancelled);
        _receiver.Fail(BodyStatus.Cancelled);
    }

    private void Arrive(ResponseArrival arrival)
    {
        Cancel();
        _headDeadline = Never;
        _arrival.Complete(arrival);
    }

    private bool TryArrive(out ResponseArrival arrival)
    {
        HeadProgress progress = _receiver.Head.Read(this, out RejectReason reason);
        if (progress == HeadProgress.Complete) _receiver.BeginBody(Response.End, Response.Framing, Response.ContentLength);
        if (progress == HeadProgress.Rejected) _rejection = reason;
        arrival = progress switch
        {
            HeadProgress.Complete => ResponseArrival.Head,
            HeadProgress.Rejected => ResponseArrival.Rejected,
            HeadProgress.Broken => ResponseArrival.ClosedInHead,
            HeadProgress.Ended when _responseBegun => ResponseArrival.ClosedInHead,
            _ => ResponseArrival.ClosedBeforeByte,
        };
        _responseBegun |= progress == HeadProgress.Complete;
        return progress != HeadProgress.Waiting;
    }

    private void WatchIdle() => Set(Loop, Math.Min(In(_options.PoolIdleTimeoutNs), _endOfLife));

    private void Watch(long timeoutNs) => Set(Loop, timeoutNs == Never ? Never : EventLoop.NowNs + timeoutNs);

    private ValueTask<bool> Watched(ValueTask<bool> flush)
    {
        if (flush.IsCompleted) return flush;
        Watch(_tunnel ? _options.TunnelIdleTimeoutNs : _options.WriteTimeoutNs);

        // A backend that takes the body slowly has no more time for its response than one that takes it at once.
        _watchesSend = Deadline < _headDeadline;
        if (!_watchesSend) Set(Loop, _headDeadline);
        return flush;
    }

    private void Closed()
    {
        Remove(Loop);
        _receiver.ReleaseAll();
        _sender.Break();
        _pool.Forget(this);
    }
}
