using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Heads;
using Mesh.Wire.Loops;
using Mesh.Wire.Tls;

namespace Mesh.Wire.Http2.Streams;

/// <summary>One exchange with a backend among the others on its connection.</summary>
/// <remarks>
/// Hot path. The object is used again after an exchange that ended well; after any other it is not, since somebody may still be about to send into
/// it.
/// </remarks>
public sealed partial class Http2ClientStream : Http2Stream, IClientExchange
{
    private readonly Http2ClientConnection _connection;
    private readonly LoopSource<ResponseArrival> _arrival = new();
    private readonly Queue<ReceivedHead> _heads = new();
    private ReceivedHead _head;
    private ReceivedHead? _spare;
    private long _headDeadline = Never;
    private TrailerSection? _idleTrailers;
    private Http2Error _error;
    private bool _isOver;
    private bool _cancelled;
    private bool _final;
    private bool _headTaken;
    private bool _watchesSend;
    private bool _tunnel;

    internal Http2ClientStream(Http2ClientConnection connection) : base(connection)
    {
        _connection = connection;
        _head = new ReceivedHead(connection.Times.Limits);
    }

    public ResponseHead Response => _head.Head;

    public RejectReason Rejection { get; private set; }

    public string BrokenBy => _error == Http2Error.NoError ? "" : $"it reset the stream with {_error}";

    public TlsTransport? Tls => Connection.Transport as TlsTransport;

    public bool IsReused { get; private set; }

    public bool CanOutlive => !IsReset && !_cancelled;

    /// <summary>Of the request.</summary>
    internal KnownMethod Method { get; private set; }

    /// <summary>A final head is here or was taken; what follows is its body.</summary>
    internal override bool HasHead => _final;

    public void WriteRequest(RequestHead head, HeadEdits edits, ReadOnlySpan<byte> upgradeToken)
    {
        if (!_connection.TakesRequests)
        {
            // It went between the moment that the stream was given and now: nothing of the request has left.
            (IsReset, _error) = (true, Http2Error.RefusedStream);
            return;
        }

        if (!upgradeToken.IsEmpty && head.Framing == BodyFraming.None)
        {
            WriteTunnelRequest(head, edits, upgradeToken);
            return;
        }

        Method = head.Method;
        Begin(_connection.NextId());
        Connection.Attach(this);
        Connection.WriteRequest(this, head, edits, default);
    }

    public ValueTask<ResponseArrival> NextHeadAsync(long deadlineNs)
    {
        if (TryArrive(out ResponseArrival arrival)) return new ValueTask<ResponseArrival>(arrival);
        _headDeadline = deadlineNs;
        _watchesSend = false;
        if (deadlineNs == Never) Watch(Pause);
        else Set(Loop, deadlineNs);
        return _arrival.Arm();
    }

    public ValueTask<BodyRead> ReadBodyAsync()
    {
        if (_cancelled) return new ValueTask<BodyRead>(BodyRead.Failure(BodyStatus.Cancelled));
        ValueTask<BodyRead> read = Body.ReadAsync();
        if (!read.IsCompleted) Watch(Pause);
        return read;
    }

    public bool IsStillOpen()
    {
        if (_connection.TakesRequests) return true;
        Release();
        return false;
    }

    public void Release()
    {
        if (_isOver) return;
        bool reusable = LocalClosed && RemoteClosed && !IsSending && !IsReset && !_cancelled;
        if (reusable) Cancel();
        else Remove(Loop);
        End();
        if (reusable) _connection.TakeBack(this);
    }

    public void Abort()
    {
        if (_isOver) return;
        Remove(Loop);
        End();
        IsReset = true;
        EndFlush(false);
        Body.Fail(BodyStatus.Broken);
        _arrival.Complete(ResponseArrival.Cancelled);
        _agreement?.Complete(false);
        _whole.Complete(BodyStatus.Cancelled);
    }

    void IGoneWatcher.OnGone()
    {
        _cancelled = true;
        EndFlush(false);
        _arrival.Complete(ResponseArrival.Cancelled);
        _agreement?.Complete(false);
        Body.Fail(BodyStatus.Cancelled);
        _whole.Complete(BodyStatus.Cancelled);
    }

    /// <summary>Taken for an exchange; nothing is sent yet.</summary>
    internal void BeginExchange(bool isReused)
    {
        IsReused = isReused;
        IsReset = _isOver = _cancelled = _final = _headTaken = _tunnel = _mayPause = false;
        _error = Http2Error.NoError;
        Rejection = RejectReason.None;
        _headDeadline = Never;
        Body.Begin(ended: false, -1);
    }

    /// <summary>Where the next head is read into; <see cref="AddHead"/> or <see cref="Reject"/> follows.</summary>
    internal ReceivedHead NextHead()
    {
        ReceivedHead head = _spare ?? new ReceivedHead(_connection.Times.Limits);
        _spare = null;
        return head;
    }

    /// <summary>Interim heads wait here, more than anybody would pass on.</summary>
    internal bool IsFlooded => _heads.Count >= Http2Limits.MaxWaitingHeads;

    /// <summary>A head has come.</summary>
    /// <param name="head">From <see cref="NextHead"/>.</param>
    /// <param name="ends">END_STREAM.</param>
    /// <param name="blockBytes">What it took on the wire.</param>
    internal void AddHead(ReceivedHead head, bool ends, int blockBytes)
    {
        ResponseHead response = head.Head;
        BytesReceived += FrameHeader.Bytes + blockBytes;
        _heads.Enqueue(head);
        if (response is { IsInterim: true, Status: not 101 }) return;
        _final = true;
        RemoteClosed = ends;
        Body.Begin(ends, response.Framing == BodyFraming.Length ? response.ContentLength : -1);
    }

    /// <summary>Where the fields of the trailers go.</summary>
    internal TrailerSink BeginTrailers() => new(_idleTrailers ??= new TrailerSection());

    /// <summary>They are all here. False: the body is shorter than was promised.</summary>
    internal bool EndTrailers()
    {
        RemoteClosed = true;
        return Body.End(_idleTrailers!);
    }

    /// <summary>What came is no response, or over a limit.</summary>
    internal void Reject(RejectReason reason)
    {
        Rejection = reason;
        IsReset = true;
        Body.Fail(BodyStatus.Rejected);
        EndFlush(false);
        Connection.WakeLater(this);
    }

    internal override void Wake()
    {
        if (_arrival.IsArmed)
        {
            if (!TryArrive(out ResponseArrival arrival)) return;
            Cancel();
            _headDeadline = Never;
            _arrival.Complete(arrival);
        }
        else if (_whole.IsArmed)
        {
            WakeWhole();
        }
        else
        {
            Body.Wake();
        }
    }

    internal override void OnReset(Http2Error error)
    {
        IsReset = true;
        _error = error;
        EndFlush(false);

        // A whole response stays one: its server has only stopped listening (RFC 9113 section 8.1).
        if (!RemoteClosed) Body.Fail(BodyStatus.Broken);
        if (_arrival.IsArmed || _whole.IsArmed) Wake();
    }

    private protected override void WatchSend()
    {
        Watch(_tunnel ? _connection.Times.TunnelIdleTimeoutNs : _connection.Times.WriteTimeoutNs);

        // A backend that takes the body slowly has no more time for its response than one that takes it at once.
        _watchesSend = Deadline < _headDeadline;
        if (!_watchesSend) Set(Loop, _headDeadline);
    }

    private protected override void Sent() => EndFlush(true);

    protected internal override void OnDeadline()
    {
        if (_agreement is { IsArmed: true }) _agreement.Complete(false);
        else if (_arrival.IsArmed)
        {
            // A send beside the wait had less time, and is over.
            bool isOver = _watchesSend && !IsSending && _headDeadline != Never;
            _watchesSend = false;
            if (isOver) Set(Loop, _headDeadline);
            else _arrival.Complete(ResponseArrival.TimedOut);
        }
        else if (_whole.IsArmed)
        {
            _whole.Complete(BodyStatus.Data);
        }
        else if (IsSending)
        {
            if (TryWaitOn()) return;
            EndFlush(false);
            if (Body.IsWaiting) Watch(Pause);
        }
        else if (Body.IsWaiting)
        {
            Body.Fail(BodyStatus.TimedOut);
        }
    }

    private void Watch(long timeoutNs) => Set(Loop, timeoutNs == Never ? Never : EventLoop.NowNs + timeoutNs);

    private void End()
    {
        _isOver = true;
        if (Id != 0 && !IsReset)
        {
            if (LocalClosed && RemoteClosed) Connection.EndWell(this);
            else Connection.Reset(this, Http2Error.Cancel);
            Connection.Output.Schedule();
        }

        Id = 0;
        EndSending();
        Body.Release();
        _head.Release();
        while (_heads.TryDequeue(out ReceivedHead? left)) left.Release();
        _connection.OnStreamFree();
    }
}
