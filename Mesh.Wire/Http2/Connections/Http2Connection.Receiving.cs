using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Streams;

namespace Mesh.Wire.Http2.Connections;

/// <summary>The half that understands frames (RFC 9113 section 6). Each returns what ends the connection, or NoError.</summary>
public abstract partial class Http2Connection
{
    /// <summary>A window that grows by less has a reader that dribbles (CVE-2019-9511), bytes.</summary>
    private const int SmallIncrement = 256;

    private int[] _resets = [];
    private int _nextReset;
    private readonly int _worthUpdate;
    private long _receiveWindow;
    private long _owed;
    private bool _sawPreface;
    private bool _sawSettings;
    private bool _sawAck;
    private long _sentAtPing = -1;

    private protected bool SawSettings => _sawSettings;

    /// <summary>What the peer takes of all streams, and what of its own window it was not yet given back; bytes.</summary>
    internal (long Send, long Owed) Windows => (_sendWindow, _owed);

    /// <summary>What a stream has been given of its window is worth a frame from so many bytes on.</summary>
    internal int StreamWorthUpdate { get; }

    /// <summary>A head, or trailers.</summary>
    /// <param name="id">The stream's.</param>
    /// <param name="block">All of it.</param>
    /// <param name="ends">END_STREAM.</param>
    private protected abstract Http2Error TakeHead(int id, ReadOnlySpan<byte> block, bool ends);

    /// <summary>The stream's id was never used.</summary>
    private protected abstract bool IsUnused(int id);

    private protected abstract Http2Error TakeGoAway(int lastStream, Http2Error error);

    /// <summary>The peer has reset the stream.</summary>
    private protected abstract void TakeReset(Http2Stream stream, Http2Error error);

    /// <summary>The peer's settings are here, or have changed.</summary>
    private protected virtual void OnSettings()
    {
    }

    /// <summary>What came of a body is not what its head promised.</summary>
    private protected abstract void RejectBody(Http2Stream stream);

    /// <summary>This side opened the connection.</summary>
    private protected abstract bool IsClient { get; }

    private protected abstract void OnPong();

    /// <summary>Ends a stream for a fault of the peer's.</summary>
    private protected void EndStream(Http2Stream stream, Http2Error error)
    {
        Reset(stream, error);
        stream.OnReset(error);
        _ = TryForgive(GlitchBudget.Error);
    }

    /// <summary>Breaks a stream off from this side.</summary>
    internal void Reset(Http2Stream stream, Http2Error error)
    {
        if (stream.Id == 0 || !_streams.ContainsKey(stream.Id)) return;
        WriteReset(stream.Id, error);
        RememberReset(stream.Id);
        Detach(stream);
    }

    private protected void RememberReset(int id)
    {
        if (_resets.Length == 0) _resets = new int[Math.Max(Http2Limits.RememberedResets, Options.MaxConcurrentStreams)];
        _resets[_nextReset] = id;
        _nextReset = (_nextReset + 1) % _resets.Length;
    }

    /// <summary>This side reset it a moment ago: what the peer had sent before it knew is no fault.</summary>
    private protected bool WasReset(int id) => _resets.AsSpan().Contains(id);

    /// <summary>What the peer has said of itself before its first frame, which takes no acknowledgement; it was looked at already.</summary>
    private protected void Suppose(ReadOnlySpan<byte> settings) => _ = Peer.Apply(settings, IsClient, _encoder);

    private Http2Error Take(in FrameHeader frame, byte[] buffer, int offset)
    {
        if (_blockStream != 0 && (frame.Type != FrameType.Continuation || frame.StreamId != _blockStream)) return Http2Error.ProtocolError;
        if (!_sawSettings && (frame.Type != FrameType.Settings || frame.Has(FrameFlags.Ack))) return Http2Error.ProtocolError;
        ReadOnlySpan<byte> payload = buffer.AsSpan(offset, frame.Length);
        switch (frame.Type)
        {
            case FrameType.Data: return TakeData(frame, buffer, offset);
            case FrameType.Headers: return TakeHeaders(frame, payload);
            case FrameType.Continuation: return TakeContinuation(frame, payload);
            case FrameType.Settings: return TakeSettings(frame, payload);
            case FrameType.WindowUpdate: return TakeWindowUpdate(frame, payload);
            case FrameType.RstStream: return TakeRstStream(frame, payload);
            case FrameType.Ping: return TakePing(frame, payload);
            case FrameType.GoAway:
                FramePayload.ReadGoAway(payload, out int lastStream, out Http2Error error, out _);
                return TakeGoAway(lastStream, error);
            default:
                // Priorities, and what is not known: no work, but no use either.
                _ = TryForgive(GlitchBudget.Frame);
                return Http2Error.NoError;
        }
    }

    /// <summary>A frame whose fault ends its stream.</summary>
    private Http2Error TakeFaulty(in FrameHeader frame, Http2Error error)
    {
        if (_blockStream != 0 || !_sawSettings) return Http2Error.ProtocolError;
        if (TryFind(frame.StreamId, out Http2Stream stream)) EndStream(stream, error);
        return Http2Error.NoError;
    }

    private Http2Error TakeData(in FrameHeader frame, byte[] buffer, int offset)
    {
        FrameVerdict verdict = FramePayload.FindContent(frame, frame.Length > 0 ? buffer[offset] : (byte)0, out int start, out int count);
        if (!verdict.IsGood) return verdict.Error;
        _receiveWindow -= frame.Length;
        if (_receiveWindow < 0) return Http2Error.FlowControlError;
        _owed += frame.Length;
        bool ends = frame.Has(FrameFlags.EndStream);
        if (count == 0 && !ends && !TryForgive(GlitchBudget.Frame)) return Http2Error.NoError;
        if (!TryFind(frame.StreamId, out Http2Stream stream))
        {
            Refill();
            return TakeStrayData(frame.StreamId);
        }

        if (stream.RemoteClosed || !stream.HasHead)
        {
            Refill();
            EndStream(stream, stream.RemoteClosed ? Http2Error.StreamClosed : Http2Error.ProtocolError);
            return Http2Error.NoError;
        }

        _buffered += count;
        Refill();
        Http2Error error = stream.Receive(buffer, offset + start, count, frame.Length, ends);
        if (error == Http2Error.NoError)
        {
            if (!IsClosed && stream.Id == frame.StreamId) WakeLater(stream);
            return Http2Error.NoError;
        }

        _buffered -= count;
        if (error == Http2Error.ProtocolError) RejectBody(stream);
        else EndStream(stream, error);
        return Http2Error.NoError;
    }

    /// <summary>DATA of a stream that is over, or never was.</summary>
    private Http2Error TakeStrayData(int id)
    {
        if (IsUnused(id)) return Http2Error.ProtocolError;
        if (WasReset(id)) return Http2Error.NoError;
        WriteReset(id, Http2Error.StreamClosed);
        RememberReset(id);
        _ = TryForgive(GlitchBudget.Error);
        return Http2Error.NoError;
    }

    private Http2Error TakeSettings(in FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        if (frame.Has(FrameFlags.Ack))
        {
            // We say ours once. What is less than the peer could assume holds from its word on (RFC 9113 section 6.5.3, RFC 7541 section 4.2).
            if (_sawAck) _ = TryForgive(GlitchBudget.Frame);
            else _decoder.SetTableSize(Options.HeaderTableBytes);
            _sawAck = true;
            return Http2Error.NoError;
        }

        if (_sawSettings && !TryForgive(GlitchBudget.Frame)) return Http2Error.NoError;
        int before = Peer.InitialWindow;
        FrameVerdict verdict = Peer.Apply(payload, IsClient, _encoder);
        if (!verdict.IsGood) return verdict.Error;
        if (!_sawSettings) EndWatchHead();
        _sawSettings = true;
        WriteSettingsAck();
        if (Peer.InitialWindow != before && !MoveWindows(Peer.InitialWindow - before)) return Http2Error.FlowControlError;
        OnSettings();
        return Http2Error.NoError;
    }

    private Http2Error TakeWindowUpdate(in FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        if (frame.StreamId != 0 && IsUnused(frame.StreamId)) return Http2Error.ProtocolError;
        FrameVerdict verdict = FramePayload.ReadWindowUpdate(frame, payload, out int increment);
        if (verdict.Scope == FaultScope.Connection) return verdict.Error;
        if (increment < SmallIncrement && !TryForgive(GlitchBudget.Frame)) return Http2Error.NoError;
        if (frame.StreamId == 0) return WidenConnection(increment) ? Http2Error.NoError : Http2Error.FlowControlError;
        if (!TryFind(frame.StreamId, out Http2Stream stream)) return Http2Error.NoError;
        if (!verdict.IsGood) EndStream(stream, verdict.Error);
        else if (!stream.Widen(increment)) EndStream(stream, Http2Error.FlowControlError);
        else PumpStream(stream);
        return Http2Error.NoError;
    }

    private Http2Error TakeRstStream(in FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        if (TryFind(frame.StreamId, out Http2Stream stream)) TakeReset(stream, FramePayload.ReadReset(payload));
        else if (IsUnused(frame.StreamId)) return Http2Error.ProtocolError;
        else if (!WasReset(frame.StreamId)) _ = TryForgive(GlitchBudget.Frame);
        return Http2Error.NoError;
    }

    private Http2Error TakePing(in FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        if (frame.Has(FrameFlags.Ack))
        {
            OnPong();
            return Http2Error.NoError;
        }

        // Who measures the path while payload comes (gRPC does, once a round trip) costs less than the payload.
        bool measures = _streamBytesSent != _sentAtPing;
        _sentAtPing = _streamBytesSent;
        if (measures || TryForgive(GlitchBudget.Frame)) WritePong(payload);
        return Http2Error.NoError;
    }

    private static int WorthUpdate(int window, Http2Options options) => Math.Max(1, window - (int)(window * options.WindowUpdateRatio));

    /// <summary>The peer may send as much again as was received, unless what waits here is more than it may be.</summary>
    private void Refill()
    {
        if (_owed < _worthUpdate || _buffered > Options.BufferBudgetBytes || HoldsBack()) return;
        _receiveWindow += _owed;
        WriteWindowUpdate(0, (int)_owed);
        _owed = 0;
    }
}
