using System.Text;
using Mesh.Node.Proxy.Grpc;
using Mesh.Node.Proxy.Retries;
using Mesh.Node.Telemetry;
using Mesh.Routing.Accrual;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy;

/// <summary>
/// The half that knows gRPC (docs/GRPC.md): whether a call went well is said in its trailers, how long it may take in its head, and what went wrong
/// with it in gRPC's own words.
/// </summary>
/// <remarks>A response is held back until its status is known only where it may be tried again, and for a moment. Cold methods allocate.</remarks>
internal sealed partial class RequestPath
{
    private bool _isGrpc;
    private long _callEndsNs;
    private long _holdEndsNs;
    private int _said;
    private GrpcDeadline? _callTime;

    private void BeginGrpc(RequestHead head)
    {
        _said = GrpcFields.None;
        _callEndsNs = LoopTimer.Never;
        _server.MayPause = true;
        if (!head.TryGetField("grpc-timeout"u8, out ReadOnlySpan<byte> value) || !GrpcTimeout.TryParse(value, out long time)) return;
        if (time < LoopTimer.Never - _startNs) _callEndsNs = _startNs + time;
        _context.Tighten(_callEndsNs, isCallers: true);
    }

    /// <summary>The time that is left goes on, never more than came.</summary>
    private void EditGrpcRequest(RequestHead head)
    {
        _call.Client!.MayPause = true;
        _said = GrpcFields.None;
        if (_callEndsNs == LoopTimer.Never) return;
        ReadOnlySpan<Field> fields = head.Fields;
        for (int i = 0; i < fields.Length; i++)
        {
            if (fields[i].Known == KnownField.Other && Ascii.EqualsIgnoreCase(head.Name(fields[i]), "grpc-timeout"u8)) _edits.Drop(i);
        }

        Span<byte> value = stackalloc byte[GrpcTimeout.LongestText];
        int length = GrpcTimeout.Write(Math.Max(0, _callEndsNs - EventLoop.NowNs), value);
        _edits.Add("grpc-timeout"u8, value[..length]);
    }

    /// <summary>Looks at what came of an attempt. True: it is a response that is worth being held back for its status.</summary>
    private bool AcceptOrHold(ResponseArrival arrival)
    {
        Accept(arrival);
        return _isGrpc && HoldsResponse();
    }

    /// <summary>
    /// Reads the status of a response whose head is here, if it is known already. True: it is not, but worth a wait, since the call can be made again
    /// as long as nothing of this response has left.
    /// </summary>
    private bool HoldsResponse()
    {
        if (!_fault.IsNone || _upgrading) return false;
        IClientExchange client = _call.Client!;
        _said = GrpcFields.StatusOf(client.Response);
        if (_said != GrpcFields.None) return false;
        if (client.IsWhole)
        {
            _said = GrpcFields.StatusOf(client.Trailers);
            return false;
        }

        return _attempts.MayRepeat && client.ReadsAhead && client.Response.Status == 200 && Settings.Retries.ClassificationNs > 0
            && !_context.IsInbound && _upload.TryEnd() && _server.IsBodyRead && _server.CanRewindBody;
    }

    private ValueTask<BodyStatus> WholeResponseAsync()
    {
        RetrySettings retries = Settings.Retries;
        _holdEndsNs = Math.Min(EventLoop.NowNs + retries.ClassificationNs, _context.DeadlineNs);
        return _call.Client!.WhenWholeAsync(retries.MaxResponseBufferBytes, _holdEndsNs);
    }

    /// <summary>What came of the wait. A response that broke off is a fault as if its head had never come: nothing of it has left.</summary>
    private void TakeHeld(BodyStatus status)
    {
        IClientExchange client = _call.Client!;
        if (status == BodyStatus.Last) _said = GrpcFields.StatusOf(client.Trailers);
        if (status == BodyStatus.Data)
        {
            bool isLate = EventLoop.NowNs >= _holdEndsNs;
            _route.Service!.Series.Count(_loop.Index, isLate ? ServiceEvent.ClassificationTimeout : ServiceEvent.ResponseTooLong);
        }

        if (status <= BodyStatus.Last) return;
        bool leaves = status == BodyStatus.Cancelled;
        FaultReport broken = FaultTexts.OfBody(status, client, _route.Backend!.Id);
        // What the backend said by its reset is its word, not the fault's: an endpoint that cancels is not away, and not asked again.
        _fault = leaves ? FaultTexts.ClientGone : broken with
        {
            Fault = broken.Fault with { Stage = FaultStage.ResponseHead },
            GrpcCode = client.ResetCode >= 0 ? GrpcStatus.OfReset(client.ResetCode) : null,
        };
        _server.GoneWatcher = null;
        _call.Fail(leaves || _server.IsGone ? Outcome.Ignored : Outcome.Failure, _fault.Fault);
    }

    /// <summary>Another attempt is worth a thought.</summary>
    private bool IsGrpcRetryable(ResponseHead head) =>
        Verdicts.IsHarmless(head)
        || (_said != GrpcFields.None ? GrpcVerdicts.IsRetryable(Settings, _said) : GrpcVerdicts.IsHttpRetryable(Settings, head.Status));

    /// <summary>As the service's classifier has it, where it judges faults by the statuses that they stand for.</summary>
    private bool MayRepeatCall(ResponseHead? failed)
    {
        if (failed is not null) return IsGrpcRetryable(failed);
        return Settings.Grpc is null || GrpcVerdicts.IsRetryable(Settings, GrpcStatus.Of(_fault));
    }

    /// <summary>The server says that nobody shall try again.</summary>
    private bool ForbidsRetry(ResponseHead failed) => GrpcFields.PushbackNs(failed, TrailersHere(_call.Client!)) < 0;

    private bool IsGrpcFailure(int status) => GrpcVerdicts.IsFailure(Settings, GrpcVerdicts.CodeOf(_said, status));

    /// <summary>The verdict as far as it is known; null: the trailers have not come.</summary>
    private bool? KnownSuccess() =>
        !_isGrpc ? IsSuccess() : _said != GrpcFields.None || _status != 200 || _call.Client!.IsBodyRead ? !IsGrpcFailure(_status) : null;

    /// <summary>How long the endpoint asks to be spared, nanoseconds, by a failure that says that it has too much to do.</summary>
    private long GrpcRestNs(ResponseHead head)
    {
        if (_said is not (GrpcStatus.Unavailable or GrpcStatus.ResourceExhausted)) return Verdicts.PushbackNs(head);
        return Math.Max(0, GrpcFields.PushbackNs(head, TrailersHere(_call.Client!)));
    }

    /// <summary>The response has passed, or there was none: what the call came to.</summary>
    private void SettleGrpc()
    {
        if (!_fault.IsNone)
        {
            if (_said == GrpcFields.None) _said = GrpcStatus.Of(_fault);
            return;
        }

        if (_call.Client is not { } client)
        {
            _said = GrpcVerdicts.CodeOf(_said, _status);
            return;
        }

        if (_said == GrpcFields.None && client.IsBodyRead) _said = GrpcFields.StatusOf(client.Trailers);
        _restNs = GrpcRestNs(client.Response);
        _said = GrpcVerdicts.CodeOf(_said, _status);

        // The backend ran out of its caller's time just before this node did: its endpoint is to blame for nothing, but slow.
        if (_said == GrpcStatus.DeadlineExceeded && _context.IsCallersTime && _callEndsNs != LoopTimer.Never) _call.GiveUp();
    }

    private int AnswerGrpcCold(bool close)
    {
        _said = GrpcStatus.Of(_fault);
        return _context.IsCleared
            ? GrpcAnswers.WriteBare(_server, _said, close, _fault.RetryAfterSeconds)
            : GrpcAnswers.Write(_server, _fault, close);
    }

    private async ValueTask<BodyStatus> DownloadCallColdAsync()
    {
        if (_callEndsNs == LoopTimer.Never) return await BodyPump.DownloadCallAsync(_call.Client!, _server, _call.Streams?.Response);
        _callTime ??= new GrpcDeadline();
        _callTime.Begin(_loop, _call.Client!, _callEndsNs);
        BodyStatus end = await BodyPump.DownloadCallAsync(_call.Client!, _server, _call.Streams?.Response);
        _callTime.End(_loop);
        return end;
    }

    /// <summary>The call's time is over while its messages pass.</summary>
    private bool IsCallLate(BodyStatus end) => _isGrpc && end == BodyStatus.Cancelled && !_server.IsGone && _callTime is { HasPassed: true };

    /// <summary>
    /// The head has left, the call cannot be completed. What the backend said by its reset is passed on; where it said nothing, trailers tell the
    /// client, as they would of any call that failed.
    /// </summary>
    private void BreakOffGrpcCold(bool isLate)
    {
        IClientExchange client = _call.Client!;
        int code = client.ResetCode;
        bool isChunked = client.Response.Framing == BodyFraming.Chunked && !_server.Request.Scheme.IsEmpty;
        if (isLate)
        {
            _fault = new FaultReport(new Fault(FaultStage.ResponseBody, FaultParty.Client, FaultCause.TimedOut), "The call's grpc-timeout passed.");
            _call.GiveUp();
        }

        _said = code >= 0 && !isLate ? GrpcStatus.OfReset(code) : GrpcStatus.Of(_fault);
        if (code >= 0 && !isLate) _server.Abort(GrpcStatus.PassedReset(code));
        else if (!isChunked) _server.Abort();
        else _server.AppendBody(BodyRead.End, GrpcAnswers.Trailers(_said, _context.IsCleared ? "" : _fault.Text));
    }

    private static TrailerSection? TrailersHere(IClientExchange client) => client.IsWhole ? client.Trailers : null;
}
