using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Http2.Streams;

/// <summary>What there is to wait for: heads, how the stream ended, a response that is whole before any of it is read.</summary>
public sealed partial class Http2ClientStream
{
    private readonly LoopSource<BodyStatus> _whole = new();
    private int _wholeBytes;
    private bool _mayPause;

    public int ResetCode => _error == Http2Error.NoError || Connection.IsClosed ? -1 : (int)_error;

    public bool MayPause
    {
        set => _mayPause = value;
    }

    public bool ReadsAhead => true;

    public bool IsWhole => Body.HasEnded && Rejection == RejectReason.None;

    public ValueTask<BodyStatus> WhenWholeAsync(int maxBytes, long deadlineNs)
    {
        _wholeBytes = maxBytes;
        if (TryTellWhole(out BodyStatus status)) return new ValueTask<BodyStatus>(status);
        Set(Loop, deadlineNs);
        return _whole.Arm();
    }

    private void WakeWhole()
    {
        if (!TryTellWhole(out BodyStatus status)) return;
        Cancel();
        _whole.Complete(status);
    }

    /// <summary>Whether there is nothing more to wait for, and why.</summary>
    private bool TryTellWhole(out BodyStatus status)
    {
        if (_cancelled) status = BodyStatus.Cancelled;
        else if (Rejection != RejectReason.None) status = BodyStatus.Rejected;
        else if (Body.HasEnded) status = BodyStatus.Last;
        else if (IsReset) status = BodyStatus.Broken;
        else status = BodyStatus.Data;
        return status != BodyStatus.Data || Body.Buffered > _wholeBytes;
    }

    private long Pause => _tunnel || _mayPause ? _connection.Times.TunnelIdleTimeoutNs : _connection.Times.ResponseIdleTimeoutNs;

    private bool TryArrive(out ResponseArrival arrival)
    {
        if (_cancelled) arrival = ResponseArrival.Cancelled;
        else if (Rejection != RejectReason.None) arrival = ResponseArrival.Rejected;
        else if (_heads.TryDequeue(out ReceivedHead? head))
        {
            _head.Release();
            (_spare, _head) = (_head, head);
            _headTaken = true;
            arrival = ResponseArrival.Head;
        }
        else if (IsReset) arrival = OfReset();
        else
        {
            arrival = default;
            return false;
        }

        return true;
    }

    private ResponseArrival OfReset()
    {
        if (_error == Http2Error.RefusedStream) return ResponseArrival.Refused;
        if (Connection.IsClosed) return _headTaken ? ResponseArrival.ClosedInHead : ResponseArrival.ClosedBeforeByte;
        return ResponseArrival.Reset;
    }
}
