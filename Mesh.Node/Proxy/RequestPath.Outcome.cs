using Mesh.Node.Proxy.Retries;
using Mesh.Routing.Accrual;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Faults;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy;

/// <summary>The half that tells what a request came to. Hot path, as the rest.</summary>
internal sealed partial class RequestPath
{
    private void Complete()
    {
        System.Diagnostics.Debug.Assert(_loop.IsCurrent, "a flow stays on its loop, whatever it awaited");
        _server.GoneWatcher = null;
        if (_isGrpc) SettleGrpc();
        bool success = _fault.IsNone && IsSuccess();
        bool cancelled = _server.IsGone && !IsBrokenOff();
        if (cancelled) _call.Finish(Outcome.Ignored, 0, _fault.Fault);
        else _call.Finish(success ? Outcome.Success : Outcome.Failure, _status, _fault.Fault, _restNs);
        long now = EventLoop.NowNs;
        if (cancelled) _book.Cancel();
        else _book.Complete(_route.Service, _status, success, now - _startNs, _fault.Fault);
        if (_attempts.MayRepeat && !cancelled) _route.Service?.Series.CountRetries(_loop.Index, _attempts.Retries);
        if (_call.Streams is { } meter) _book.CompleteStream(_route.Service, EndStream(meter, now));
        if (_isGrpc && !cancelled && !EndsHere) _route.Service?.Series.CountGrpc(_loop.Index, _said);
        _book.CountBytes();
        _context.End();
        _route.Release();
    }

    private StreamRecord EndStream(StreamMeter meter, long now) =>
        meter.EndRequest(_startNs, now, _server.IsBodyRead, isBroken: _server.IsGone || IsBrokenOff());

    /// <summary>The client's connection is gone because we broke it, to tell that the backend did not complete its body.</summary>
    private bool IsBrokenOff() => _fault.Fault.Stage == FaultStage.ResponseBody;

    /// <summary>As the service's classifier judges the status.</summary>
    private bool IsSuccess() => _route.Service is null ? _status < 500
        : !(_isGrpc && !EndsHere ? IsGrpcFailure(_status) : Verdicts.IsFailure(Settings.Classifier, _status));
}
