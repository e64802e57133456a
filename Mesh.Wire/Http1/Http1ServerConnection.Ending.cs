using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Http1;

/// <summary>The half that ends: in order, at once, or by leaving the transport to another protocol.</summary>
public sealed partial class Http1ServerConnection
{
    private LingeringClose? _lingering;
    private bool _left;

    /// <summary>From then on a response is its last; Never for none.</summary>
    internal long EndOfLife { get; }

    public void Abort()
    {
        if (_transport.IsClosed || _left) return;
        _transport.Abort();
        Release();
    }

    /// <summary>The node is stopping: an idle connection closes now, a busy one after its response.</summary>
    public void Drain()
    {
        IsDraining = true;
        if (_arrival.IsArmed && _receiver.IsEmpty) _arrival.Complete(RequestArrival.Closed);
    }

    /// <summary>Ends the connection in order once its flow is over: what was sent arrives, even while the client still sends.</summary>
    public void CloseGracefully()
    {
        if (_transport.IsClosed || _left) return;
        if (IsGone) Abort();
        else if (_receiver.IsEmpty && _receiver.IsBodyRead && !_sender.HasPending && !_transport.MayHaveUnread) Close();
        else Linger();
    }

    /// <summary>The client offers an upgrade, and somebody takes it: this connection's flow ends, its transport does not.</summary>
    private bool TryLeave()
    {
        if (_options.TryUpgrade is not { } upgrade || MustClose() || _sender.HasPending) return false;
        if (!upgrade(this, _receiver.Head.Bytes.AsSpan(Request.End, _receiver.Head.End - Request.End))) return false;
        _left = true;
        Remove(Loop);
        Request.LetGo();
        _receiver.ReleaseAll();
        return true;
    }

    private void Linger()
    {
        _lingering = new LingeringClose(_transport, _sender, Close);
        Set(Loop, EventLoop.NowNs + LingeringClose.TimeNs);
        _lingering.Begin();
    }

    private void Close()
    {
        if (_transport.IsClosed) return;
        _transport.Close();
        Release();
    }

    /// <summary>Ends all that waits for the client, or works for it.</summary>
    private void TellGone()
    {
        _gone = true; // Before anybody is told: they go on at once, and must not begin anything new.
        GoneWatcher?.OnGone();
        _sender.Break();
        _receiver.Fail(BodyStatus.Broken);
        _arrival.Complete(RequestArrival.Closed);
    }

    private void Release()
    {
        Remove(Loop);
        // Whoever still works for this client stops first: a backend's sender may be sending from the buffers that go back now.
        TellGone();
        GoneWatcher = null;
        _receiver.ReleaseAll();
        _options.OnClosed?.Invoke(this);
    }
}
