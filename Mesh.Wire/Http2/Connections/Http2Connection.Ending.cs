using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Streams;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Http2.Connections;

/// <summary>The half that ends: the last word, what is still on its way, the FIN, the peer's last bytes; or at once.</summary>
public abstract partial class Http2Connection
{
    /// <summary>How long the peer may take to close after this side has said its last word.</summary>
    private const long LingerNs = 2_000_000_000;

    private bool _lingers;
    private long _lingerDeadline = Never;
    private long _sentWhileLingering;
    private bool _saidEnd;

    private protected void BeginClosing()
    {
        if (IsClosing) return;
        IsClosing = true;
        OnClosing();
    }

    /// <summary>Ends in order: what is queued is sent, then a FIN, and the peer is given a moment to close.</summary>
    private protected void Leave(Http2Error error)
    {
        if (IsClosed) return;
        _lingers = true;
        BeginClosing();
        EndStreams(error);
        if (Transport.IsClosed) return;
        if (!Output.IsBlocked) Output.FlushNow();
        Linger(error);
        if (!_receiving) ReadAway();
    }

    /// <summary>After the last word: the peer has a moment to close, and before that as long to take what is queued as for any response.</summary>
    private void Linger(Http2Error error)
    {
        if (Transport.IsClosed) return;
        _lingerDeadline = error == Http2Error.NoError ? In(Options.BodyIdleTimeoutNs) : In(LingerNs);
        _sentWhileLingering = Output.BytesSent;
        Set(Loop, In(LingerNs));
        EndSending();
    }

    /// <summary>The end of responses that are whole is still on its way, and moves.</summary>
    private bool TryLingerOn(long now)
    {
        if (Output.BytesSent == _sentWhileLingering || now >= _lingerDeadline) return false;
        _sentWhileLingering = Output.BytesSent;
        Set(Loop, In(LingerNs));
        return true;
    }

    private void EndSending()
    {
        if (_saidEnd || Transport.IsClosed || !Output.Buffer.IsEmpty) return;
        _saidEnd = true;
        Transport.ShutdownSend();
        Set(Loop, In(LingerNs));
    }

    private void OnPeerEnded()
    {
        // A FIN ends both directions of HTTP/2: streams that are open cannot end well.
        if (_streams.Count > 0 || !Output.Buffer.IsEmpty) Abort();
        else Close();
    }

    private void ReadAway()
    {
        int left = LoopYield.BytesPerTurn;
        while (!Transport.IsClosed)
        {
            if (left <= 0)
            {
                ReceiveLater();
                return;
            }

            _input.Consume(_input.Count);
            int received = _input.Fill(FrameHeader.Bytes);
            if (received > 0)
            {
                left -= received;
                continue;
            }

            if (received != Transport.WouldBlock) Close();
            return;
        }
    }

    private protected void Close()
    {
        if (Transport.IsClosed) return;
        Transport.Close();
        End(Http2Error.Cancel);
    }

    private void End(Http2Error error)
    {
        BeginClosing();
        Remove(Loop);
        EndStreams(error);
        Output.Break();
        if (!_receiving) _input.Release();
        ReleaseBlock();
        Loop.Buffers.Forget(this);
        TellHeld();
        OnClosed();
    }

    private void EndStreams(Http2Error error)
    {
        if (_streams.Count == 0) return;
        Http2Stream[] streams = [.. _streams.Values];
        _streams.Clear();
        foreach (Http2Stream stream in streams) stream.OnReset(error);
    }
}
