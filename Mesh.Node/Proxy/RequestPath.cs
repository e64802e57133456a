using Mesh.Node.Telemetry;
using Mesh.Routing.Accrual;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;
using Mesh.Wire.Http1;
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
internal sealed class RequestPath(
    Http1ServerConnection server, Router router, ServerMetrics metrics, ServerSeries series, UpgradePolicy upgrades)
{
    /// <summary>
    /// Times that a request which provably did no harm is sent again: connect failures, and pooled connections that turned out dead.
    /// </summary>
    public const int MaxRequeues = 2;

    /// <summary>Interim responses (1xx) that pass before the final one; a backend that sends more is taken for broken.</summary>
    public const int MaxInterims = 64;

    private readonly IServerExchange _server = server;
    private readonly EventLoop _loop = server.Loop;
    private readonly Route _route = new(router);
    private readonly BackendCall _call = new(server.Loop);
    private readonly HeadEdits _edits = new();
    private readonly ByteMeter _bytes = new(series, server);
    private Task<BodyStatus>? _upload;
    private FaultReport _fault;
    private long _startNs;
    private int _status;
    private int _requeues;
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

            // 1. The request has a head.
            Begin();

            // 2. Its name leads to a backend.
            if (!_route.TryFind(_server.Request, ref _loop.Random)) _fault = await _route.FindColdAsync(_loop.Random.Next());
            if (_server.IsGone) _fault = FaultTexts.ClientGone;
            if (_fault.IsNone) _call.Begin(_route.Backend!);

            while (_fault.IsNone)
            {
                // 3. An endpoint and a connection to it are taken.
                if (!_call.TryTake(mustBeOpen: !_server.Request.IsIdempotent) && !TryTakeElsewhere()) _fault = await OpenColdAsync();
                if (!_fault.IsNone && !TryRequeue()) break;
                if (_call.Client is null) continue;

                // 4. Head and small body leave in one send; a larger body follows beside the wait for the response.
                Send();
                if (_upload is null) await _call.Client.FlushAsync();

                // 5. The response's head, after any interim ones.
                ResponseArrival response = await _call.Client.NextHeadAsync(AttemptDeadline());
                for (int interims = 0; response == ResponseArrival.Head && IsInterim(); interims++)
                {
                    if (interims == MaxInterims) break;
                    ForwardInterim();
                    await _server.FlushAsync();
                    response = await _call.Client.NextHeadAsync(AttemptDeadline());
                }

                if (TryAccept(response) || !TryRequeue()) break;
            }

            // 6. The response goes to the client, or an answer that tells the fault.
            if (_fault.IsNone) Respond();
            else await AnswerColdAsync();
            if (!await _server.FlushAsync()) _over = true;
            else if (_upgrading || _call.Client is { IsBodyRead: false }) await StreamColdAsync();
            if (_upload is not null) await EndUploadColdAsync();

            // 7. Everybody learns from the outcome.
            Complete();
        }

        _bytes.Count();
        server.CloseGracefully();
    }

    /// <summary>A bug ended <see cref="ServeAsync"/>: what the request held goes back, or its endpoint would be probed for ever.</summary>
    public void Abandon()
    {
        _call.Finish(Outcome.Ignored, 0);
        _route.Release();
    }

    private void Begin()
    {
        _startNs = EventLoop.NowNs;
        _fault = default;
        _requeues = 0;
        _status = 0;
        _upgrading = false;
    }

    /// <summary>While a connection was opened or waited for, the client may have left: nobody would tell the attempt.</summary>
    private async ValueTask<FaultReport> OpenColdAsync()
    {
        FaultReport report = await _call.OpenColdAsync();
        if (!report.IsNone || !_server.IsGone) return report;
        _call.Finish(Outcome.Ignored, 0);
        return FaultTexts.ClientGone;
    }

    private bool TryTakeElsewhere()
    {
        if (_call.IsLeased || !_route.TryDrawAgain(ref _loop.Random)) return false;
        _call.Begin(_route.Backend!);
        return _call.TryTake(mustBeOpen: !_server.Request.IsIdempotent);
    }

    private void Send()
    {
        RequestHead head = _server.Request;
        Http1ClientConnection client = _call.Client!;
        HeaderRules.EditRequest(head, _edits, _route.Service!.RequestLines, _route.Backend!.RequestLines);
        ReadOnlySpan<byte> upgrade = HeaderRules.AllowedUpgrade(head, upgrades);
        _upgrading = !upgrade.IsEmpty;
        _server.GoneWatcher = client;
        client.WriteRequest(head, _edits, upgrade);
        if (head.Framing == BodyFraming.None) return;
        if (_server.TryReadBody(out BodyRead read))
        {
            if (!read.IsFailure) client.AppendBody(read, _server.Trailers);
            if (read.IsLast) return;
        }

        _upload = BodyPump.UploadAsync(_server, client, read.Status);
    }

    private bool IsInterim() => _call.Client!.Response.IsInterim && _call.Client.Response.Status != 101;

    private void ForwardInterim()
    {
        HeaderRules.EditResponse(_edits);
        _server.WriteInterim(_call.Client!.Response, _edits);
    }

    /// <summary>True when there is a response to pass on; else the attempt is over and the fault is set.</summary>
    private bool TryAccept(ResponseArrival arrival)
    {
        Http1ClientConnection client = _call.Client!;
        _upgrading &= arrival == ResponseArrival.Head && client.Response.Status == 101;
        if (arrival == ResponseArrival.Head && (_upgrading || !client.Response.IsInterim)) return true;
        _fault = FaultTexts.OfResponse(arrival, client, _call.Address, _route.Backend!.Id);
        bool diedIdle = arrival == ResponseArrival.ClosedBeforeByte && client.IsReused;
        bool mayResend = diedIdle && _server.Request.IsIdempotent && _upload is null && _server.TryRewindBody();
        if (mayResend) _fault = _fault with { Fault = _fault.Fault with { IsRetryable = true } };
        _server.GoneWatcher = null;
        bool ignored = mayResend || _server.IsGone || arrival == ResponseArrival.Cancelled;
        _call.Fail(ignored ? Outcome.Ignored : Outcome.Failure);
        return false;
    }

    /// <summary>Whether the fault is one after which the request is sent again; then it is forgotten.</summary>
    private bool TryRequeue()
    {
        if (!_fault.Fault.IsRetryable || _requeues == MaxRequeues || _server.IsGone) return false;
        _requeues++;
        _route.Backend!.Series.Requeues.Add(_loop.Index);
        _fault = default;
        return true;
    }

    private void Respond()
    {
        Http1ClientConnection client = _call.Client!;
        ResponseHead head = client.Response;
        _status = head.Status;
        HeaderRules.EditResponse(_edits);
        if (_upgrading)
        {
            _server.WriteUpgrade(head, _edits, HeaderRules.AllowedUpgrade(_server.Request, upgrades));
            client.BecomeTunnel();
            return;
        }

        _server.WriteHead(head, _edits);
        if (!client.TryReadBody(out BodyRead read)) return;
        if (read.IsFailure) BreakOff(read.Status);
        else _server.AppendBody(read, client.Trailers);
    }

    private async ValueTask StreamColdAsync()
    {
        if (_over) return;
        if (_upgrading)
        {
            _over = true;
            await BodyPump.TunnelAsync(_server, _call.Client!);
            return;
        }

        BodyStatus end = await BodyPump.DownloadAsync(_call.Client!, _server);
        if (end != BodyStatus.Last) BreakOff(end);
    }

    /// <summary>The head has left, the body cannot be completed: only a broken connection tells the client so.</summary>
    private void BreakOff(BodyStatus status)
    {
        _over = true;
        if (_server.IsGone || status is BodyStatus.Cancelled or BodyStatus.SinkGone) return;
        _fault = FaultTexts.OfBody(status, _call.Client!, _route.Backend!.Id);
        _server.Abort();
    }

    /// <summary>The response is out and the client still sends: the body goes on while the backend takes it.</summary>
    private async ValueTask EndUploadColdAsync()
    {
        if (_over || !_fault.IsNone || _server.AwaitsContinue || _call.Client is not { CanOutlive: true })
        {
            _server.CancelBodyRead();
            ((IGoneWatcher?)_call.Client)?.OnGone();
        }

        _over |= await TakeUploadAsync() != BodyStatus.Last;
    }

    private async ValueTask<BodyStatus> TakeUploadAsync()
    {
        BodyStatus status = await _upload!;
        _upload = null;
        return status;
    }

    private async ValueTask AnswerColdAsync()
    {
        if (_upload is not null)
        {
            _server.CancelBodyRead();
            FaultReport clientFault = FaultTexts.OfUpload(await TakeUploadAsync(), _server);
            if (!clientFault.IsNone) _fault = clientFault;
        }

        bool close = !_server.IsBodyRead;
        _over |= close || _server.IsGone;
        if (!_server.IsGone) _status = FaultResponses.Write(_server, _fault, close);
    }

    private async ValueTask RefuseColdAsync()
    {
        RejectReason reason = _server.Rejection;
        metrics.Rejections[(int)reason].Add(_loop.Index);
        FaultResponses.WriteRejection(_server, reason);
        await _server.FlushAsync();
    }

    private void Complete()
    {
        _server.GoneWatcher = null;
        bool success = _fault.IsNone && _status < 500;
        bool cancelled = _server.IsGone && !IsBrokenOff();
        if (cancelled) _call.Finish(Outcome.Ignored, 0);
        else _call.Finish(success ? Outcome.Success : Outcome.Failure, _status);

        // Who went away is neither success nor failure (as in Linkerd).
        if (cancelled) series.Cancelled.Add(_loop.Index);
        else Count(success, EventLoop.NowNs - _startNs);
        _bytes.Count();
        _route.Release();
    }

    /// <summary>The client's connection is gone because we broke it, to tell that the backend did not complete its body.</summary>
    private bool IsBrokenOff() => _fault.Fault.Stage == FaultStage.ResponseBody;

    private void Count(bool success, long latencyNs)
    {
        (_route.Service?.Metrics ?? router.Metrics.Unbound).Complete(_loop.Index, _status, success, latencyNs);
        metrics.Complete(_loop.Index, _status, success, latencyNs);
    }

    private long AttemptDeadline()
    {
        long timeout = _route.Backend!.Settings.AttemptTimeoutNs;
        return timeout == LoopTimer.Never ? LoopTimer.Never : _call.StartNs + timeout;
    }
}
