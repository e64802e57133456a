using Mesh.Node.Proxy.Retries;
using Mesh.Routing.Accrual;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy;

/// <summary>The half that makes failed attempts again. Methods here may allocate.</summary>
internal sealed partial class RequestPath
{
    /// <summary>
    /// After a fault, which has ended its attempt, or a response that is an error, which has not: whether there will be another attempt. If not,
    /// fault or response are as they were. On the inbound side there is none: who sent the request decides, and knows the others.
    /// </summary>
    private async ValueTask<bool> TryAgainColdAsync()
    {
        long now = EventLoop.NowNs;
        if (_context.IsInbound) return false;
        if (_server.IsGone || now >= _context.DeadlineNs || _route.Service is null || IsFinal(_fault)) return false;
        ResponseHead? failed = _fault.IsNone ? _call.Client!.Response : null;
        bool harmless = failed is not null && Verdicts.IsHarmless(failed);
        if (failed is not null && (!IsFailure(failed) || Verdicts.IsSpent(failed))) return false;
        bool requeues = _fault.Fault.IsRetryable && _server.CanRewindBody && _attempts.TryRequeue(_route.Backend!, now);
        long pause = 0;
        if (!requeues && ((_isGrpc && !MayRepeatCall(failed)) || !MayRetry(harmless, now, out pause))) return false;
        if (failed is not null) EndFailed(failed);
        await _upload.StopAsync(null);
        if (!_server.TryRewindBody())
        {
            // The client left, or sent more than is kept just while the attempt was ended.
            if (_fault.IsNone) _fault = _server.IsGone ? FaultTexts.ClientGone : FaultTexts.BodyNotKept;
            return false;
        }

        _fault = pause > 0 ? await PauseAsync(pause) : default;
        if (!_fault.IsNone) return false;
        if (!requeues) _route.Redraw(ref _loop.Random);
        _call.Again(_route.Backend!, _route.Pair);
        return true;
    }

    /// <summary>A fault that another attempt cannot mend: the client's own, or a refusal that says that more attempts would make it worse.</summary>
    private static bool IsFinal(in FaultReport fault) => fault.IsSpent || fault.Fault.Party == FaultParty.Client;

    private bool IsFailure(ResponseHead failed) => _isGrpc
        ? IsGrpcFailure(failed.Status) && !ForbidsRetry(failed)
        : Verdicts.IsFailure(Settings.Classifier, failed.Status);

    private bool MayRetry(bool harmless, long now, out long pause)
    {
        if (!_attempts.MayRetry(harmless, now, _context.DeadlineNs, out pause)) return false;
        if (_server.CanRewindBody) return _attempts.TrySpend(now);
        _attempts.DenyForBody();
        return false;
    }

    /// <summary>Nobody reads this response: a short one is dropped and its connection kept, a long one ends with its connection.</summary>
    private void EndFailed(ResponseHead failed)
    {
        _server.GoneWatcher = null;
        long rest = _isGrpc ? GrpcRestNs(failed) : Verdicts.PushbackNs(failed);
        IClientExchange client = _call.Client!;
        bool whole = client.IsBodyRead;
        if (!whole && client.TryReadBody(out BodyRead read))
        {
            _call.Streams?.Response.Take(read);
            whole = read.IsLast;
        }

        if (whole && _upload.TryEnd()) _call.Finish(Outcome.Failure, failed.Status, default, rest);
        else _call.Fail(Outcome.Failure, default, failed.Status, rest);
    }
}
