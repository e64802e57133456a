using System.Net;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Heads;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Http2.Streams;

/// <summary>
/// A place for one request at a time on a client's connection: its flow serves one stream after the other, so that a request allocates nothing.
/// Between two it waits with the connection's idle places.
/// </summary>
/// <remarks>Hot path. A request whose flow still works is one that the connection's limit counts, though its client has given it up.</remarks>
public sealed class Http2ServerStream : Http2Stream, IServerExchange
{
    private readonly Http2ServerConnection _connection;
    private readonly LoopSource<RequestArrival> _arrival = new();
    private readonly RequestHeadBuilder _builder;
    private TrailerSection? _idleTrailers;
    private bool _arrived;
    private bool _inExchange;
    private bool _continued;
    private bool _tunnel;

    internal Http2ServerStream(Http2ServerConnection connection) : base(connection)
    {
        _connection = connection;
        _builder = new RequestHeadBuilder(connection.HeadLimits, connection.Options.TakesTunnels);
    }

    public RequestHead Request { get; } = new();

    public RejectReason Rejection { get; private set; }

    public Transport Transport => Connection.Transport;

    public IPAddress? RemoteAddress => _connection.RemoteAddress;

    public bool IsGone { get; private set; }

    public bool ResponseBegun { get; private set; }

    public IGoneWatcher? GoneWatcher { get; set; }

    public bool MayPause { get; set; }

    public bool AwaitsContinue => Request.ExpectsContinue && !_continued && !Body.IsBodyRead;

    public bool CanRewindBody => Body.CanRewind && !IsGone;

    /// <summary>Its flow works on a request.</summary>
    internal bool IsBusy { get; set; }

    /// <summary>Neighbour in the connection's list of idle places.</summary>
    internal Http2ServerStream? NextIdle { get; set; }

    public ValueTask<RequestArrival> NextRequestAsync()
    {
        if (_inExchange) EndExchange();
        if (!_connection.TryRest(this)) return new ValueTask<RequestArrival>(RequestArrival.Closed);
        return _arrival.Arm();
    }

    public ValueTask<BodyRead> ReadBodyAsync()
    {
        if (Body.IsCancelled) return new ValueTask<BodyRead>(BodyRead.Failure(BodyStatus.Cancelled));
        ValueTask<BodyRead> read = Body.ReadAsync();
        if (!read.IsCompleted) Watch();
        return read;
    }

    public void KeepBody(int maxBytes) => Body.Keep(maxBytes);

    public bool TryRewindBody() => !IsGone && Body.TryRewind();

    public void CancelBodyRead() => Body.CancelReads();

    public void Touch()
    {
        if (Body.IsWaiting) Watch();
    }

    public void WriteInterim(ResponseHead head, HeadEdits edits)
    {
        if (IsReset || (head.Status == 100 && _continued)) return;
        _continued |= head.Status == 100;
        Connection.WriteResponse(this, head, edits, BodyFraming.Chunked, ends: false);
    }

    public void WriteHead(ResponseHead head, HeadEdits edits)
    {
        ResponseBegun = true;
        Body.StopKeeping();
        if (IsReset) return;
        BodyFraming framing = Request.Method == KnownMethod.Head ? BodyFraming.None : head.Framing;
        bool ends = framing == BodyFraming.None || (framing == BodyFraming.Length && head.ContentLength == 0);
        Connection.WriteResponse(this, head, edits, framing, ends);
    }

    public void WriteUpgrade(ResponseHead head, HeadEdits edits, ReadOnlySpan<byte> token)
    {
        _tunnel = ResponseBegun = true;
        Body.BecomeOpaque();
        if (!IsReset) Connection.WriteResponse(this, head, edits, BodyFraming.Chunked, ends: false);
    }

    public void WriteLocal(int status, ReadOnlySpan<byte> reason, ReadOnlySpan<byte> fieldLines, ReadOnlySpan<byte> body, bool close)
    {
        ResponseBegun = true;
        Body.StopKeeping();
        if (IsReset) return;
        bool ends = body.IsEmpty || Request.Method == KnownMethod.Head || status is 204 or 304;
        Connection.WriteLocal(this, status, fieldLines, body.Length, ends);
        if (!ends) Append(body, ends: true);
    }

    public void Abort() => Abort((int)Http2Error.InternalError);

    public void Abort(int resetCode)
    {
        if (!IsReset) Connection.Reset(this, (Http2Error)resetCode);
        Connection.Output.Schedule();
        TellGone();
    }

    public void CloseGracefully()
    {
        if (_inExchange) EndExchange();
        Remove(Loop);
        _connection.Leave(this);
    }

    /// <summary>It serves the stream with this id; its head is read into <see cref="Request"/> next.</summary>
    internal void BeginExchange(int id, bool ends)
    {
        Begin(id);
        _inExchange = _arrived = IsBusy = true;
        _continued = _tunnel = ResponseBegun = IsGone = MayPause = false;
        Rejection = RejectReason.None;
        RemoteClosed = ends;
    }

    /// <summary>Where the fields of the head go.</summary>
    internal HeadBuilder.Sink BeginHead()
    {
        _builder.Begin(Request);
        return new HeadBuilder.Sink(_builder);
    }

    /// <summary>They are all here; the body, if any, follows.</summary>
    internal RejectReason EndHead(bool ends, int blockBytes)
    {
        BytesReceived += FrameHeader.Bytes + blockBytes;
        RejectReason reason = _builder.Finish(ends);
        Request.IsByUpgrade = _connection.IsUpgraded;
        Body.Begin(ends, Request.Framing == BodyFraming.Length ? Request.ContentLength : -1);
        return reason;
    }

    /// <summary>The end of a body without bytes is waited for.</summary>
    internal void AwaitEnd() => Watch();

    /// <summary>Where the fields of the trailers go.</summary>
    internal TrailerSink BeginTrailers() => new(_idleTrailers ??= new TrailerSection());

    /// <summary>They are all here. False: the body is shorter than was promised.</summary>
    internal bool EndTrailers()
    {
        RemoteClosed = true;
        return Body.End(_idleTrailers!);
    }

    /// <summary>The head is refused: it is answered with the reason's status.</summary>
    internal void Reject(RejectReason reason)
    {
        // What was parsed of a refused head is not to be trusted.
        Request.Reset();
        Request.MinorVersion = 1;
        Rejection = reason;
        Body.Begin(ended: true, -1);
    }

    /// <summary>What came is more, or less, than its head promised.</summary>
    internal void RejectBody(RejectReason reason)
    {
        Rejection = reason;
        Body.Fail(BodyStatus.Rejected);
    }

    /// <summary>No further request: its flow ends.</summary>
    internal void EndRest() => _arrival.Complete(RequestArrival.Closed);

    internal override void Wake()
    {
        if (_arrived)
        {
            _arrived = false;
            Cancel();
            if (!IsGone) _arrival.Complete(Rejection == RejectReason.None ? RequestArrival.Request : RequestArrival.Rejected);
            else RestAgain();
            return;
        }

        Body.Wake();
    }

    internal override void OnReset(Http2Error error)
    {
        IsReset = true;
        TellGone();

        // Nobody works on it yet, and perhaps nobody would look at it again.
        if (_arrived) Wake();
    }

    private protected override void WatchSend()
    {
        // Who opens no window at all from the start is not slow: it holds what it asked for (CVE-2019-9517).
        if (HasMoved || SendWindow > 0) Watch();
        else Set(Loop, In(Connection.Options.HeadTimeoutNs));
    }

    private protected override void Sent()
    {
        if (Body.IsWaiting) Watch();
        else Cancel();
        EndFlush(true);
    }

    protected internal override void OnDeadline()
    {
        if (IsSending)
        {
            if (TryWaitOn()) return;
            // A client that takes nothing for so long is as good as gone.
            if (HasMoved || SendWindow > 0) Connection.Reset(this, Http2Error.Cancel);
            else _connection.OnStall(this);
            Connection.Output.Schedule();
            if (!IsGone) OnReset(Http2Error.Cancel);
        }
        else if (_arrived)
        {
            Reject(RejectReason.HeadTimeout);
            Wake();
        }
        else if (Body.IsWaiting)
        {
            Body.Fail(BodyStatus.TimedOut);
        }
    }

    private void Watch()
    {
        long idle = _tunnel || MayPause ? Connection.Options.TunnelIdleTimeoutNs : Connection.Options.BodyIdleTimeoutNs;
        if (idle != Never) Set(Loop, EventLoop.NowNs + idle);
    }

    /// <summary>Ends all that waits for the client, or works for it.</summary>
    private void TellGone()
    {
        IsGone = IsReset = true;
        GoneWatcher?.OnGone();
        EndFlush(false);
        Body.Fail(BodyStatus.Broken);
    }

    /// <summary>The client gave the request up in the same breath: its flow never hears of it.</summary>
    private void RestAgain()
    {
        EndExchange();
        if (!_connection.TryRest(this)) EndRest();
    }

    private void EndExchange()
    {
        _inExchange = false;
        GoneWatcher = null;
        Cancel();
        if (!IsReset)
        {
            // A response that is whole ends the stream, though its request is not (RFC 9113 section 8.1); one that is not whole must not look so.
            if (!LocalClosed) Connection.Reset(this, Http2Error.InternalError);
            else if (!RemoteClosed) Connection.Reset(this, Http2Error.NoError);
            else Connection.EndWell(this);
            Connection.Output.Schedule();
        }

        Id = 0;
        EndSending();
        Body.Release();
        Request.LetGo();
        _builder.Release();
    }
}
