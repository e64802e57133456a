using System.Net;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Http1;

/// <summary>
/// A client's HTTP/1.x connection: exchanges one after the other, as one <see cref="IServerExchange"/> that its flow uses again and again.
/// </summary>
/// <remarks>
/// <para>Hot path. States: waiting for a head (idle while no byte of it came), in an exchange, lingering, closed.</para>
/// <para>The client is gone when it reset, or when a send failed. A FIN is no abort: after a complete request it is half-close, and the
/// response is sent; within a request body the body read fails.</para>
/// </remarks>
public sealed partial class Http1ServerConnection : LoopTimer, ITransportObserver, IServerConnection, IServerExchange, IHeadParser
{
    private readonly Transport _transport;
    private readonly ServerConnectionOptions _options;
    private readonly Http1Receiver _receiver;
    private readonly Http1Sender _sender;
    private readonly LoopSource<RequestArrival> _arrival = new();
    private long _headDeadline = Never;
    private RejectReason _rejection;
    private bool _inExchange;
    private bool _gone;
    private bool _closeAfterResponse;
    private bool _tunnel;
    private bool _continued;

    public Http1ServerConnection(Transport transport, ServerConnectionOptions options)
    {
        _transport = transport;
        _options = options;
        _receiver = new Http1Receiver(transport, options.Limits);
        _sender = new Http1Sender(transport);
        EndOfLife = options.LifeTimeNs == Never ? Never : EventLoop.NowNs + options.LifeTimeNs;
        transport.Observer = this;
    }

    public EventLoop Loop => _transport.Loop;

    public Transport Transport => _transport;

    /// <summary>Asked of the system once, when somebody wants to know.</summary>
    public IPAddress? RemoteAddress => field ??= _transport.RemoteEndPoint?.Address;

    public RequestHead Request { get; } = new();

    public RejectReason Rejection => _rejection == RejectReason.None ? _receiver.Reason : _rejection;

    public bool IsGone => _gone || _sender.IsBroken;

    public bool ResponseBegun { get; private set; }

    public IGoneWatcher? GoneWatcher { get; set; }

    public bool IsBodyRead => _receiver.IsBodyRead;

    public TrailerSection? Trailers => _receiver.Trailers;

    /// <summary>The node is stopping: the present exchange is the connection's last.</summary>
    public bool IsDraining { get; private set; }

    public long BytesReceived => _receiver.BytesReceived;

    public long BytesSent => _sender.BytesSent;

    public ValueTask<RequestArrival> NextRequestAsync()
    {
        if (_inExchange && !EndExchange()) return new ValueTask<RequestArrival>(RequestArrival.Closed);
        if (IsGone || _transport.IsClosed) return new ValueTask<RequestArrival>(RequestArrival.Closed);
        return TryArrive(out RequestArrival arrival) ? new ValueTask<RequestArrival>(arrival) : _arrival.Arm();
    }

    public bool TryReadBody(out BodyRead read) => _receiver.TryRead(out read);

    public bool AwaitsContinue => Request.ExpectsContinue && !_continued && !_receiver.IsBodyRead;

    public ValueTask<BodyRead> ReadBodyAsync()
    {
        if (_receiver.IsCancelled) return new ValueTask<BodyRead>(BodyRead.Failure(BodyStatus.Cancelled));
        ValueTask<BodyRead> read = _receiver.ReadAsync();
        if (!read.IsCompleted) WatchBody();
        return read;
    }

    public void KeepBody(int maxBytes) => _receiver.Keep(maxBytes);

    public bool CanRewindBody => _receiver.CanRewind && !IsGone;

    public bool TryRewindBody() => !IsGone && _receiver.TryRewind();

    public void CancelBodyRead() => _receiver.CancelReads();

    public void Touch()
    {
        if (_receiver.IsWaiting) WatchBody();
    }

    public void WriteInterim(ResponseHead head, HeadEdits edits)
    {
        if (head.Status == 100 && _continued) return;
        _continued |= head.Status == 100;
        if (Request.MinorVersion > 0) Http1Encoder.WriteInterim(_sender.Output, head, edits);
    }

    public void WriteHead(ResponseHead head, HeadEdits edits)
    {
        BodyFraming framing = head.Framing;
        if (Request.Method == KnownMethod.Head) framing = BodyFraming.None;
        else if (framing is BodyFraming.Chunked or BodyFraming.UntilClose)
        {
            framing = Request.MinorVersion > 0 ? BodyFraming.Chunked : BodyFraming.UntilClose;
        }

        _closeAfterResponse |= framing == BodyFraming.UntilClose || MustClose() || AwaitsContinue;
        _sender.Framing = framing;
        ResponseBegun = true;
        _receiver.StopKeeping();
        Http1Encoder.WriteResponseHead(
            _sender.Output, head, edits, framing, head.ContentLength, Request.MinorVersion, _closeAfterResponse, default);
    }

    public void WriteUpgrade(ResponseHead head, HeadEdits edits, ReadOnlySpan<byte> token)
    {
        _tunnel = _closeAfterResponse = ResponseBegun = true;
        _receiver.BecomeOpaque();
        _sender.Framing = BodyFraming.UntilClose;
        WebSocketKeys.AddAccept(Request, head, edits, token);
        Http1Encoder.WriteResponseHead(_sender.Output, head, edits, BodyFraming.None, -1, Request.MinorVersion, false, token);
    }

    public void AppendBody(in BodyRead read, TrailerSection? trailers) => _sender.Append(read, trailers);

    public ValueTask<bool> FlushAsync() => Watched(_sender.FlushAsync());

    public ValueTask<bool> WriteBodyAsync(BodyRead read, TrailerSection? trailers) => Watched(_sender.WriteAsync(read, trailers));

    public void WriteLocal(int status, ReadOnlySpan<byte> reason, ReadOnlySpan<byte> fieldLines, ReadOnlySpan<byte> body, bool close)
    {
        _closeAfterResponse |= close || MustClose();
        ResponseBegun = true;
        _receiver.StopKeeping();
        _sender.Framing = BodyFraming.None;
        bool head = Request.Method == KnownMethod.Head;
        Http1Encoder.WriteLocalResponse(_sender.Output, status, reason, fieldLines, body, head, _closeAfterResponse);
    }

    public void ShutdownSend() => _transport.ShutdownSend();

    HeadStatus IHeadParser.Parse(byte[] arena, int start, int end, ref int scanned, out RejectReason reason) =>
        RequestHeadParser.Parse(arena, start, end, ref scanned, Request, _options.Limits, out reason);

    void ITransportObserver.OnReadable()
    {
        if (_arrival.IsArmed)
        {
            if (TryArrive(out RequestArrival arrival)) _arrival.Complete(arrival);
        }
        else if (_lingering is not null)
        {
            _lingering.Drain();
        }
        else
        {
            _receiver.OnReadable();
        }
    }

    void ITransportObserver.OnWritable() => _sender.OnWritable();

    void ITransportObserver.OnBroken()
    {
        _gone = true;
        if (_lingering is not null) Abort();
        else TellGone();
    }

    protected internal override void OnDeadline()
    {
        if (_lingering is not null)
        {
            // An answer that ends with its connection must not look whole when it is not.
            if (_sender.HasPending) Abort();
            else Close();
        }
        else if (_arrival.IsArmed)
        {
            if (_receiver.IsEmpty) _arrival.Complete(RequestArrival.Closed);
            else _arrival.Complete(Reject(RejectReason.HeadTimeout));
        }
        else if (_sender.IsWaiting)
        {
            // A client that takes nothing for so long is as good as gone.
            TellGone();
        }
        else
        {
            _receiver.Fail(BodyStatus.TimedOut);
        }
    }

    private bool TryArrive(out RequestArrival arrival)
    {
        switch (_receiver.Head.Read(this, out RejectReason reason))
        {
            case HeadProgress.Waiting:
                WatchHead();
                arrival = default;
                return false;
            case HeadProgress.Complete:
                if (Request.OffersUpgrade && TryLeave())
                {
                    arrival = RequestArrival.Closed;
                    return true;
                }

                BeginExchange();
                arrival = RequestArrival.Request;
                return true;
            case HeadProgress.Rejected:
                arrival = Reject(reason);
                return true;
            default:
                arrival = RequestArrival.Closed;
                return true;
        }
    }

    private void BeginExchange()
    {
        _headDeadline = Never;
        Cancel();
        _inExchange = true;
        _closeAfterResponse = ResponseBegun = _continued = false;
        _rejection = RejectReason.None;
        _receiver.BeginBody(Request.End, Request.Framing, Request.ContentLength);
    }

    private RequestArrival Reject(RejectReason reason)
    {
        // What was parsed of a refused head is not to be trusted: the answer is that to a GET of HTTP/1.1.
        Request.Reset();
        Request.MinorVersion = 1;
        _rejection = reason;
        _inExchange = true;
        _closeAfterResponse = true;
        Cancel();
        return RequestArrival.Rejected;
    }

    /// <summary>False when the connection cannot carry another exchange.</summary>
    private bool EndExchange()
    {
        _inExchange = false;
        GoneWatcher = null;
        if (IsGone || _closeAfterResponse || !_receiver.IsBodyRead || _tunnel) return false;
        _receiver.EndExchange();
        Request.LetGo();
        Cancel();
        return true;
    }

    private bool MustClose() => IsDraining || !Request.KeepAlive || (EndOfLife != Never && EventLoop.NowNs >= EndOfLife);

    private void WatchHead()
    {
        long now = EventLoop.NowNs;
        if (_receiver.IsEmpty)
        {
            if (IsDraining)
            {
                Set(Loop, now);
                return;
            }

            _headDeadline = Never;
            Set(Loop, Math.Min(_options.IdleTimeoutNs == Never ? Never : now + _options.IdleTimeoutNs, EndOfLife));
        }
        else if (_headDeadline == Never)
        {
            _headDeadline = _options.HeadTimeoutNs == Never ? Never : now + _options.HeadTimeoutNs;
            Set(Loop, _headDeadline);
        }
    }

    private void WatchBody()
    {
        long idle = _tunnel ? _options.TunnelIdleTimeoutNs : _options.BodyIdleTimeoutNs;
        if (idle != Never) Set(Loop, EventLoop.NowNs + idle);
    }

    private ValueTask<bool> Watched(ValueTask<bool> flush)
    {
        if (!flush.IsCompleted) WatchBody();
        return flush;
    }
}
