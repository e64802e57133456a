using Mesh.Node.Proxy.Context;
using Mesh.Node.Proxy.Grpc;
using Mesh.Node.Proxy.Injection;
using Mesh.Node.Telemetry;
using Mesh.Routing.Accrual;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy;

/// <summary>
/// The cold half: first requests of a name, new connections, bodies that stream, faults, drills, diagnoses. Methods here may allocate.
/// </summary>
internal sealed partial class RequestPath
{
    private LoopDelay? _pause;

    private ValueTask<FaultReport> FindColdAsync()
    {
        if (IsRedirectedCold()) return default;
        return _route.FindColdAsync(_loop.Random.Next(), LeftCold());
    }

    private TimeSpan LeftCold()
    {
        long left = _context.DeadlineNs == LoopTimer.Never ? long.MaxValue : Math.Max(0, _context.DeadlineNs - EventLoop.NowNs);
        return TimeSpan.FromTicks(left / TimeSpan.NanosecondsPerTick);
    }

    /// <summary>
    /// While a connection was opened or waited for, the client may have left, or its time may be over: nobody would read the response, and a
    /// request that does something must not do it for nobody.
    /// </summary>
    private async ValueTask<FaultReport> OpenColdAsync()
    {
        bool mustBeOpen = !_server.Request.IsIdempotent;
        FaultReport report = await _call.OpenColdAsync(mustBeOpen, _context.DeadlineNs);
        for (int moves = 0; moves < Route.MaxLooks && report.Fault.Cause == FaultCause.NoAddress; moves++)
        {
            report = await _route.MoveOnColdAsync(_loop.Random.Next(), LeftCold());
            if (!report.IsNone) return report;
            _call.Again(_route.Backend!, _route.Pair);
            report = _call.TryTake(mustBeOpen) ? default : await _call.OpenColdAsync(mustBeOpen, _context.DeadlineNs);
        }

        if (!report.IsNone) return report;
        if (_server.IsGone) report = FaultTexts.ClientGone;
        else if (EventLoop.NowNs >= _context.DeadlineNs) report = ContextFaults.NoTimeLeft;
        if (!report.IsNone) _call.Finish(Outcome.Ignored, 0, default);
        return report;
    }

    private async ValueTask StreamColdAsync()
    {
        if (_over) return;
        if (_upgrading)
        {
            _over = true;
            await BodyPump.TunnelAsync(_server, _call.Client!, _call.Streams);
            return;
        }

        BodyStatus end = _isGrpc ? await DownloadCallColdAsync() : await BodyPump.DownloadAsync(_call.Client!, _server, _call.Streams?.Response);
        if (end == BodyStatus.Last) return;
        BreakOff(end);
        if (_isGrpc) await _server.FlushAsync();
    }

    /// <summary>The head has left, the body cannot be completed: only a broken connection tells the client so.</summary>
    private void BreakOff(BodyStatus status)
    {
        _over = true;
        bool isLate = IsCallLate(status);
        if (_server.IsGone || (status is BodyStatus.Cancelled or BodyStatus.SinkGone && !isLate)) return;
        _fault = FaultTexts.OfBody(status, _call.Client!, _route.Backend!.Id);
        if (_isGrpc) BreakOffGrpcCold(isLate);
        else _server.Abort();
    }

    /// <summary>The response is out and the client still sends: the body goes on while the backend takes it.</summary>
    private async ValueTask EndUploadColdAsync()
    {
        // A call is over when its status has come, whatever its client still has to say.
        if (_isGrpc && _upload.TryEnd()) return;
        if (_over || _isGrpc || !_fault.IsNone || _server.AwaitsContinue || _call.Client is not { CanOutlive: true }) _upload.Cancel(_call.Client);
        _over |= await _upload.EndAsync() != BodyStatus.Last;
    }

    private async ValueTask AnswerColdAsync()
    {
        if (_mirrorEdits is not null) MirrorCold(isLast: true);
        if (_upload.IsRunning)
        {
            _server.CancelBodyRead();
            FaultReport clientFault = FaultTexts.OfUpload(await _upload.EndAsync(), _server);
            if (!clientFault.IsNone) _fault = clientFault;
        }

        else ReadWhatIsHere();

        if (_context.IsInbound) RefuseInboundCold();
        if (_attempts.IsSpent) _fault = _fault with { IsSpent = true };
        string details = _context.IsCleared ? "" : await RouteDetails.OfAsync(_fault.Fault, _route, _call.LastAddress);
        bool close = !_server.IsBodyRead;
        _over |= close || _server.IsGone;
        if (_server.IsGone) return;
        _status = _isGrpc ? AnswerGrpcCold(close)
            : _context.IsCleared ? FaultResponses.WriteBare(_server, FaultResponses.StatusOf(_fault), close, _fault.RetryAfterSeconds)
            : FaultResponses.Write(_server, _fault, details, close);
    }

    /// <summary>A body that nobody wants ends the connection, unless all of it came with its head: refusals shall not cost clients theirs.</summary>
    private void ReadWhatIsHere()
    {
        while (!_server.IsBodyRead && !_server.AwaitsContinue && _server.TryReadBody(out BodyRead read) && !read.IsFailure)
        {
            _call.Streams?.Request.Take(read);
        }
    }

    /// <summary>Another node's error on its way to a client that is told nothing of the mesh: the status alone.</summary>
    private void RespondBare()
    {
        int? pause = _restNs > 0 ? (int)((_restNs + 999_999_999) / 1_000_000_000) : null;
        if (_isGrpc) GrpcAnswers.WriteBare(_server, GrpcVerdicts.CodeOf(_said, _status), close: !_server.IsBodyRead, pause);
        else FaultResponses.WriteBare(_server, _status, close: !_server.IsBodyRead, pause);
        _call.Fail(IsSuccess() ? Outcome.Success : Outcome.Failure, default, _status, _restNs);
    }

    /// <summary>A redirect, a connection to an app, a TRACE that ends here, or a response that this node adds its own context to.</summary>
    private async ValueTask DiagnoseColdAsync()
    {
        if (_forwards.IsToApp)
        {
            await TunnelToAppColdAsync();
            return;
        }

        if (_policy.Redirect is { } redirect)
        {
            await RedirectColdAsync(redirect);
            return;
        }

        string before = "";
        _status = 200;
        string? selected = _forwards.EndsHere ? _call.Peek()?.ToString() : _call.Address.ToString();
        if (!_forwards.EndsHere)
        {
            _status = _call.Client!.Response.Status;
            before = await Diagnosis.ReadAsync(_call.Client);
            if (!_call.Client.IsBodyRead) _call.Fail(Outcome.Success, default, _status);
        }

        string text = _forwards.AddsContext ? await Diagnosis.OfAsync(router.Label, _route, selected, EventLoop.NowNs - _startNs) : "";
        FaultResponses.WriteText(_server, _status, before + text, close: !_server.IsBodyRead);
    }

    private async ValueTask RefuseColdAsync()
    {
        RejectReason reason = _server.Rejection;
        _book.Reject(reason);
        if (_context.IsCleared) FaultResponses.WriteBare(_server, RejectReasons.Status(reason), close: true);
        else FaultResponses.WriteRejection(_server, reason);
        await _server.FlushAsync();
    }

    /// <summary>Which time was over first, in words; for a fault that says that one was.</summary>
    private string LimitCold()
    {
        long attemptNs = AttemptTimeoutNs;
        if (EventLoop.NowNs < _context.DeadlineNs)
            return attemptNs == LoopTimer.Never ? "nothing came for too long" : $"requestAttemptTimeoutMs is {attemptNs / 1_000_000} ms";
        long leftNs = _context.DeadlineNs - _startNs;
        string field = _isGrpc && _callEndsNs == _context.DeadlineNs ? "grpc-timeout" : "l5d-remaining-ms";
        if (_context.IsCallersTime) return $"its caller left the request {leftNs / 1_000_000} ms ({field})";
        string key = Settings.TotalTimeoutNs == leftNs ? "totalTimeoutMs" : "the server's timeoutMs";
        return $"{key} is {leftNs / 1_000_000} ms";
    }

    /// <summary>What the config asks for in the backend's place.</summary>
    private async ValueTask<FaultReport> DrillColdAsync(InjectedFault drill)
    {
        ServiceSeries series = _route.Service!.Series;
        if (drill.DelayMs > 0)
        {
            series.Count(_loop.Index, ServiceEvent.InjectedDelay);
            FaultReport gone = await PauseAsync(Math.Min(drill.DelayMs * 1_000_000L, Math.Max(0, _context.DeadlineNs - EventLoop.NowNs)));
            if (!gone.IsNone) return gone;
            if (EventLoop.NowNs >= _context.DeadlineNs) return ContextFaults.NoTimeLeft;
        }

        if (drill.AbortStatus == 0) return default;
        series.Count(_loop.Index, ServiceEvent.InjectedAbort);
        return FaultInjection.Report(drill, _route.Binding!.Name.ToString());
    }

    private async ValueTask<FaultReport> PauseAsync(long pause)
    {
        _pause ??= new LoopDelay(_loop);
        _server.GoneWatcher = _pause;
        bool inTime = await _pause.WaitAsync(pause);
        _server.GoneWatcher = null;
        return inTime && !_server.IsGone ? default : FaultTexts.ClientGone;
    }
}
