using Mesh.Node.Proxy.Context;
using Mesh.Node.Proxy.Grpc;
using Mesh.Node.Proxy.Injection;
using Mesh.Node.Proxy.RateLimits;
using Mesh.Node.Proxy.Retries;
using Mesh.Routing.Accrual;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http2.Streams;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy;

/// <summary>
/// The life of requests on one client connection, from arrival to outcome. <see cref="ServeAsync"/> is the whole path; its numbered steps
/// are the boxes of docs/TOUR.md.
/// </summary>
/// <remarks>
/// Hot path: one flow for the life of the connection, its state in fields; what it awaits on the way of a small keep-alive request are sources
/// that live as long as the connections, so that nothing is allocated. Methods named Cold allocate and run for first requests, new
/// connections, streamed bodies and faults only. Everything runs on the connection's loop.
/// </remarks>
internal sealed partial class RequestPath(IServerExchange server, Router router, ServerParts parts)
{
    /// <summary>Interim responses (1xx) that pass before the final one; a backend that sends more is taken for broken.</summary>
    public const int MaxInterims = 64;

    private readonly IServerExchange _server = server;
    private readonly EventLoop _loop = server.Loop;
    private readonly Route _route = new(router, parts.Context.ClearsContext || parts.Context.IsInbound);
    private readonly CallContext _context = new(parts.Context, server);
    private readonly Attempts _attempts = new(server.Loop);
    private readonly HeadEdits _edits = new();
    private readonly Upload _upload = new(server);
    private readonly RequestBook _book = new(server, parts.Metrics, parts.Series, router.Metrics.Unbound);
    private BackendCall _call = new(server, measures: server is Http2ServerStream && !parts.Context.IsInbound);
    private Forwards _forwards;
    private FaultReport _fault;
    private long _startNs;
    private int _status;
    private long _restNs;
    private bool _upgrading;
    private bool _over;

    /// <summary>Serves the connection until it ends.</summary>
    public async Task ServeAsync()
    {
        RequestArrival arrival;
        while (!_over && (arrival = await _server.NextRequestAsync()) != RequestArrival.Closed)
        {
            if (arrival == RequestArrival.Rejected)
            {
                await RefuseColdAsync();
                break;
            }

            // 1. The request has a head, and may come in.
            Begin();
            // 2. Its name leads to a backend.
            if (_fault.IsNone && !_route.TryFind(_server.Request, ref _loop.Random)) _fault = await FindColdAsync();
            if (_server.IsGone) _fault = FaultTexts.ClientGone;
            if (_fault.IsNone && BeginCall(out InjectedFault drill)) _fault = await DrillColdAsync(drill);

            while (_fault.IsNone && !EndsHere)
            {
                // 3. An endpoint and a connection to it are taken.
                if (!_call.TryTake(mustBeOpen: !_server.Request.IsIdempotent) && !TryTakeElsewhere()) _fault = await OpenColdAsync();
                if (_fault.IsNone && (!_server.Request.OffersUpgrade || await AgreesColdAsync()))
                {
                    // 4. Head and small body leave in one send; a larger body follows beside the wait for the response.
                    Send();
                    if (!_upload.IsRunning) await _call.Client!.FlushAsync();

                    // 5. The response's head, after any interim ones.
                    ResponseArrival response = await NextHeadAsync();
                    for (int interims = 0; interims < MaxInterims && response == ResponseArrival.Head && IsInterim(); interims++)
                    {
                        ForwardInterim();
                        await _server.FlushAsync();
                        response = await NextHeadAsync();
                    }

                    if (AcceptOrHold(response)) TakeHeld(await WholeResponseAsync());
                }

                // 6. An attempt that failed may be made again.
                if (!IsFailing() || !await TryAgainColdAsync()) break;
            }

            // 7. The response goes to the client, or an answer that tells the fault.
            if (!_fault.IsNone) await AnswerColdAsync();
            else if (EndsHere || (_forwards.AddsContext && !_upgrading)) await DiagnoseColdAsync();
            else Respond();
            if (!await _server.FlushAsync()) _over = true;
            else if (_upgrading || _call.Client is { IsBodyRead: false }) await StreamColdAsync();
            if (_upload.IsRunning) await EndUploadColdAsync();

            // 8. Everybody learns from the outcome.
            Complete();
        }

        Leave();
    }

    /// <summary>A bug ended <see cref="ServeAsync"/>: what the request held goes back, or its endpoint would be probed for ever.</summary>
    public void Abandon()
    {
        _call.Abandon();
        _hedge?.Abandon();
        _context.End();
        _route.Release();
    }

    private void Leave()
    {
        _book.CountBytes();
        _server.CloseGracefully();
    }

    private void Begin()
    {
        _startNs = EventLoop.NowNs;
        _status = 0;
        _restNs = 0;
        _upgrading = false;
        (_policy, _mirrorEdits) = (default, null);
        _call.Forget();
        _attempts.Forget();
        _fault = _context.Begin(_server.Request, _startNs, ref _loop.Random);
        _forwards = Forwards.Of(_server.Request, !_context.IsCleared);
        _isGrpc = GrpcFields.IsCall(_server.Request);
        if (_isGrpc) BeginGrpc(_server.Request);
        if (_forwards.IsInvalid) _fault = ContextFaults.BadMaxForwards;
        if (_loop.Buffers.TryRefuse()) _fault = FaultTexts.NoRoom;
        if (!_server.Request.Protocol.IsEmpty) JudgeTunnel();
    }

    /// <summary>True when a drill is drawn for the request.</summary>
    private bool BeginCall(out InjectedFault drill)
    {
        drill = default;
        if (_route.Service?.Settings.Policies is { } policies) Choose(policies);
        if (_policy.Redirect is not null) return false;
        ServiceSettings service = Settings;
        long timeout = service.TotalTimeoutNs;
        if (timeout != LoopTimer.Never) _context.Tighten(_startNs + timeout);
        if (_context.DeadlineNs != LoopTimer.Never && EventLoop.NowNs >= _context.DeadlineNs) _fault = ContextFaults.NoTimeLeft;
        if (_fault.IsNone && !_route.Service!.Limits.IsNone) TakeOfRate(_route.Service.Limits);
        if (!_fault.IsNone) return false;
        _call.Begin(_route.Backend!, _route.Pair);
        _attempts.Begin(_route.Service!, _policy.Treatment, _server.Request, _isGrpc, EventLoop.NowNs);
        _route.Backend!.RequeueBudget.Deposit(EventLoop.NowNs);
        return service.Injection.TryDraw(_server.Request, ref _loop.Random, out drill)
            || (_policy.Fault is { } fault && fault.TryDraw(ref _loop.Random, out drill));
    }

    private void TakeOfRate(ServiceLimits limits) => limits.TryTake(_server.Request, _server.RemoteAddress, EventLoop.NowNs, out _fault);

    private bool TryTakeElsewhere()
    {
        if (_call.IsLeased || !_route.TryDrawAgain(ref _loop.Random)) return false;
        _call.Begin(_route.Backend!, _route.Pair);
        return _call.TryTake(mustBeOpen: !_server.Request.IsIdempotent);
    }

    private void Send()
    {
        RequestHead head = _server.Request;
        IClientExchange client = _call.Client!;
        _edits.Reset();
        if (_context.IsInbound) HeaderRules.AddInboundHop(head, _edits);
        else HeaderRules.AddDestination(head, _edits, _route, _call);
        if (_route.Backend!.Settings.ForwardsClientCertificate) _edits.AddLines(_context.ClientCertificate);
        _context.EditRequest(head, _edits, AttemptDeadline(), ref _loop.Random);
        _forwards.Edit(head, _edits);
        if (_policy.EditsRequest) EditByPolicy(head, _edits);
        if (_isGrpc) EditGrpcRequest(head);
        ReadOnlySpan<byte> upgrade = HeaderRules.AllowedUpgrade(head, parts.Upgrades);
        _upgrading = !upgrade.IsEmpty;
        _server.GoneWatcher = client;
        client.WriteRequest(head, _edits, upgrade);
        _call.Streams?.Send(_call.StartNs, hasBody: head.Framing != BodyFraming.None);
        if (_policy.Mirror is not null) BeginMirrorCold(head);
        if (head.Framing != BodyFraming.None)
        {
            if (_attempts.MayRepeat || _attempts.MayHedge || _isGrpc || _mirrorEdits is not null) _server.KeepBody(Settings.Retries.MaxBufferBytes);
            _upload.Begin(client, _isGrpc, _call.Streams);
        }

        if (_mirrorEdits is not null) MirrorCold(isLast: false);
    }

    /// <summary>The next response head of the attempt; where hedging is on, of whichever attempt is faster.</summary>
    private ValueTask<ResponseArrival> NextHeadAsync() =>
        _attempts.MayHedge ? NextHeadHedgedColdAsync() : _call.Client!.NextHeadAsync(AttemptDeadline());

    private bool IsInterim() => IsInterim(_call.Client!.Response);

    private static bool IsInterim(ResponseHead head) => head.IsInterim && head.Status != 101;

    private void ForwardInterim()
    {
        HeaderRules.EditInterim(_call.Client!.Response, _edits, _context.IsCleared);
        _server.WriteInterim(_call.Client!.Response, _edits);
    }

    /// <summary>Looks at what came of an attempt: a response, or its fault; then the attempt is over.</summary>
    private void Accept(ResponseArrival arrival)
    {
        IClientExchange client = _call.Client!;
        _upgrading &= arrival == ResponseArrival.Head && client.Response.Status == 101;
        if (arrival == ResponseArrival.Head && (_upgrading || !client.Response.IsInterim))
        {
            _call.Streams?.TakeHead(client, EventLoop.NowNs);
            if (parts.AccessLog is not null) Log(client.Response);
            if (_upgrading ? !client.ProvesUpgrade : !_server.Request.Protocol.IsEmpty && client.Response.Status < 300) MissTunnel();
            return;
        }

        _fault = FaultTexts.OfResponse(arrival, client, _call.Address, _route.Backend!.Id, LimitCold());
        bool mayResend = arrival == ResponseArrival.Refused
            || (arrival == ResponseArrival.ClosedBeforeByte && client.IsReused && _server.Request.IsIdempotent);
        if (mayResend) _fault = _fault with { Fault = _fault.Fault with { IsRetryable = true } };
        _server.GoneWatcher = null;
        bool impatient = arrival == ResponseArrival.TimedOut && _context.IsCallersTime && EventLoop.NowNs >= _context.DeadlineNs;
        bool leaves = impatient || arrival == ResponseArrival.Cancelled;

        // An endpoint whose callers always leave before it answers is to blame for nothing, but slow: else it would be taken for the fastest.
        if (leaves && _upload.TryEnd()) _call.GiveUp();
        else _call.Fail(leaves || mayResend || _server.IsGone ? Outcome.Ignored : Outcome.Failure, _fault.Fault);
    }

    /// <summary>Whether another attempt is worth a thought.</summary>
    private bool IsFailing() => !_fault.IsNone
        || (_isGrpc ? IsGrpcRetryable(_call.Client!.Response) : !_upgrading && _call.Client!.Response.Status >= 500);

    /// <summary>As in Linkerd, a line for each response of a backend, none for answers of our own.</summary>
    private void Log(ResponseHead response)
    {
        parts.AccessLog!.Log(_loop.Index, _server.Request, _server.RemoteAddress, response.Status, response.ContentLength);
    }

    private void Respond()
    {
        if (_mirrorEdits is not null) MirrorCold(isLast: true);
        IClientExchange client = _call.Client!;
        ResponseHead head = client.Response;
        _status = head.Status;
        if (_status is 429 or 503) _restNs = Verdicts.PushbackNs(head);
        if (_context.IsCleared && !_upgrading && head.TryGetField("l5d-err"u8, out _))
        {
            RespondBare();
            return;
        }

        bool? success = KnownSuccess();
        HeaderRules.EditResponse(head, _edits, success, isSpent: success == false && _attempts.IsSpent, _context.IsCleared);
        EditBack(head);
        if (_context.IsInbound) TellLoad();
        else if (head.Has(KnownField.Mesh)) HearLoad(head);
        if (_upgrading)
        {
            _server.WriteUpgrade(head, _edits, HeaderRules.AllowedUpgrade(_server.Request, parts.Upgrades));
            _call.BecomeTunnel();
            return;
        }

        _server.WriteHead(head, _edits);
        bool isHere = client.TryReadBody(out BodyRead read);
        _call.Streams?.PassOn(read);
        if (!isHere) return;
        if (read.IsFailure) BreakOff(read.Status);
        else _server.AppendBody(read, client.Trailers);
    }

    private long AttemptDeadline()
    {
        long timeout = AttemptTimeoutNs;
        return timeout == LoopTimer.Never ? _context.DeadlineNs : Math.Min(_context.DeadlineNs, _call.StartNs + timeout);
    }
}
