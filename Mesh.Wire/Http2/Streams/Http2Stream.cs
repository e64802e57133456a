using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Http2.Streams;

/// <summary>What a stream that wants to send waits for.</summary>
internal enum SendWait : byte
{
    /// <summary>Nothing: all that it has is queued.</summary>
    None = 0,

    /// <summary>Its own window.</summary>
    Window,

    /// <summary>The connection's window, room in its output, or its turn.</summary>
    Connection,
}

/// <summary>One stream of a connection (RFC 9113 section 5), the half that client and server share: windows, body, payload that waits.</summary>
/// <remarks>
/// Hot path; an object that serves one stream after the other. On its connection's loop. A stream that cannot send at once holds at most the one
/// piece that was given to it.
/// </remarks>
public abstract class Http2Stream : LoopTimer, IBodyOwner
{
    /// <summary>Times that a send waits on for its turn.</summary>
    private const int MostPatience = 5;

    private readonly LoopSource<bool> _sending = new();
    private readonly OutputBuffer _pending = new();
    private TrailerSection? _trailers;
    private bool _endPending;
    private int _owed;
    private long _sentBefore;
    private int _patience;

    private protected Http2Stream(Http2Connection connection)
    {
        Connection = connection;
        Body = new StreamBody(this, connection.Loop.Buffers);
    }

    public EventLoop Loop => Connection.Loop;

    public bool IsBodyRead => Body.IsBodyRead;

    public TrailerSection? Trailers => Body.Trailers;

    /// <summary>Bytes of frames that came for it, and for those before it.</summary>
    public long BytesReceived { get; private protected set; }

    /// <summary>Bytes of frames that were queued for it, and for those before it.</summary>
    public long BytesSent { get; internal set; }

    internal Http2Connection Connection { get; }

    internal StreamBody Body { get; }

    /// <summary>0 between two exchanges.</summary>
    internal int Id { get; private protected set; }

    /// <summary>Payload that the peer takes now, bytes; below zero after it has lowered its setting.</summary>
    internal long SendWindow { get; set; }

    /// <summary>Payload that the peer may send now, bytes.</summary>
    internal long ReceiveWindow { get; private set; }

    /// <summary>The peer has ended its direction.</summary>
    internal bool RemoteClosed { get; set; }

    /// <summary>This side has ended its direction.</summary>
    internal bool LocalClosed { get; set; }

    /// <summary>Broken off by either side, or gone with its connection.</summary>
    internal bool IsReset { get; private protected set; }

    /// <summary>What a body belongs to has come: DATA before it is a fault.</summary>
    internal virtual bool HasHead => true;

    /// <summary>The peer's window has let payload through.</summary>
    internal bool HasMoved { get; set; }

    /// <summary>It waits in its connection's queue for its turn to send.</summary>
    internal bool IsQueued { get; set; }

    /// <summary>It is on its connection's list of those to be woken after this batch of frames.</summary>
    internal bool IsWoken { get; set; }

    private protected bool IsSending => _sending.IsArmed;

    public bool TryReadBody(out BodyRead read) => Body.TryRead(out read);

    public void AppendBody(in BodyRead read, TrailerSection? trailers)
    {
        if (!LocalClosed && !IsReset) Append(read.Payload, read.IsLast, trailers is { IsEmpty: false } ? trailers : null);
    }

    public ValueTask<bool> FlushAsync()
    {
        if (IsReset) return new ValueTask<bool>(false);
        Connection.Output.Schedule();
        if (_pending.IsEmpty && !Connection.Output.IsFull) return new ValueTask<bool>(true);
        Connection.Enqueue(this);
        (_sentBefore, _patience) = (Connection.PayloadSent, MostPatience);
        WatchSend();
        return _sending.Arm();
    }

    public void ShutdownSend()
    {
        if (!LocalClosed && !IsReset) AppendBody(BodyRead.End, null);
        Connection.Output.Schedule();
    }

    public ValueTask<bool> WriteBodyAsync(BodyRead read, TrailerSection? trailers)
    {
        AppendBody(read, trailers);
        return FlushAsync();
    }

    /// <summary>Queues payload as far as windows allow; the rest waits here.</summary>
    private protected void Append(ReadOnlySpan<byte> payload, bool ends, TrailerSection? trailers = null)
    {
        if (_pending.IsEmpty && !payload.IsEmpty) payload = payload[Connection.WriteData(this, payload, ends && trailers is null)..];
        if (!payload.IsEmpty)
        {
            _pending.Append(payload);
            Connection.OnWaiting(payload.Length);
        }

        if (!ends || LocalClosed) return;
        (_endPending, _trailers) = (true, trailers);
        if (_pending.IsEmpty) WriteEnd();
    }

    /// <summary>It serves another exchange.</summary>
    private protected void Begin(int id)
    {
        Id = id;
        SendWindow = Connection.Peer.InitialWindow;
        ReceiveWindow = Math.Max(Connection.Options.StreamWindowBytes, PeerSettings.DefaultWindow);
        RemoteClosed = LocalClosed = IsReset = false;
        _owed = 0;
        HasMoved = false;
    }

    /// <summary>The exchange is over for whoever worked on it: nothing of it is kept.</summary>
    private protected void EndSending()
    {
        Connection.OnWaiting(-_pending.Length);
        _pending.Release();
        (_endPending, _trailers) = (false, null);
    }

    /// <summary>Takes the payload of a DATA frame.</summary>
    /// <param name="buffer">Where it lies.</param>
    /// <param name="offset">Of the payload.</param>
    /// <param name="count">Of the payload.</param>
    /// <param name="frameBytes">What it takes from the window: padding counts.</param>
    /// <param name="ends">END_STREAM.</param>
    internal Http2Error Receive(byte[] buffer, int offset, int count, int frameBytes, bool ends)
    {
        ReceiveWindow -= frameBytes;
        BytesReceived += frameBytes;
        if (ReceiveWindow < 0) return Http2Error.FlowControlError;
        RemoteClosed |= ends;
        if (frameBytes > count) Owe(frameBytes - count);
        return Body.Add(buffer, offset, count, ends) ? Http2Error.NoError : Http2Error.ProtocolError;
    }

    /// <summary>The peer takes so many bytes more. False: more than can be (RFC 9113 section 6.9.1).</summary>
    internal bool Widen(long bytes)
    {
        SendWindow += bytes;
        return SendWindow <= PeerSettings.LargestWindow;
    }

    /// <summary>Queues what waits, as far as it may; goes on with the flow when nothing waits any more.</summary>
    /// <param name="most">Bytes; what a turn allows.</param>
    internal SendWait Pump(int most)
    {
        if (IsReset) return SendWait.None;
        if (!_pending.IsEmpty)
        {
            ReadOnlySpan<byte> waiting = _pending.Pending;
            bool all = waiting.Length <= most;
            int sent = Connection.WriteData(this, all ? waiting : waiting[..most], ends: all && _endPending && _trailers is null);
            _pending.Consume(sent);
            Connection.OnWaiting(-sent);
            if (!_pending.IsEmpty) return SendWindow <= 0 ? SendWait.Window : SendWait.Connection;
        }

        if (_endPending && !LocalClosed) WriteEnd();
        if (Connection.Output.IsFull) return SendWait.Connection;
        if (IsSending) Sent();
        return SendWait.None;
    }

    /// <summary>What it owes the peer's window may be given back now.</summary>
    internal void OpenWindow() => Owe(0);

    void IBodyOwner.OnConsumed(int bytes)
    {
        Connection.OnConsumed(bytes);
        Owe(bytes);
    }

    /// <summary>On the loop, when frames that came have changed what waits for this stream.</summary>
    internal abstract void Wake();

    /// <summary>Ends everything that waits, now that the peer, or the whole connection, has given the stream up.</summary>
    /// <param name="error">Why.</param>
    internal abstract void OnReset(Http2Error error);

    /// <summary>A send has had to wait.</summary>
    private protected abstract void WatchSend();

    /// <summary>A send that waited is over.</summary>
    private protected abstract void Sent();

    /// <summary>
    /// A send has waited too long, but for its turn: its own window is open, and the connection has sent other streams' payload meanwhile. Then it
    /// waits on, but not for ever: who lets a byte through now and then would hold what all his streams hold.
    /// </summary>
    private protected bool TryWaitOn()
    {
        bool moves = Connection.PayloadSent != _sentBefore && (_pending.IsEmpty || SendWindow > 0) && _patience-- > 0;
        _sentBefore = Connection.PayloadSent;
        if (moves) WatchSend();
        return moves;
    }

    private protected void EndFlush(bool done) => _sending.Complete(done);

    private void WriteEnd()
    {
        if (_trailers is null) Connection.WriteData(this, default, ends: true);
        else Connection.WriteTrailers(this, _trailers);
        (_endPending, _trailers) = (false, null);
    }

    /// <summary>The peer may send as much again, once it is worth a frame.</summary>
    private void Owe(int bytes)
    {
        _owed += bytes;
        if (_owed < Connection.StreamWorthUpdate || RemoteClosed || IsReset || Id == 0 || Connection.HoldsBack()) return;
        ReceiveWindow += _owed;
        Connection.WriteWindowUpdate(Id, _owed);
        _owed = 0;
    }
}
