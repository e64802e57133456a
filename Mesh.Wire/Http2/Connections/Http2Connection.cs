using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Http2.Streams;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Http2.Connections;

/// <summary>
/// One connection of HTTP/2 (RFC 9113), the half that client and server share: frames in, frames out, the streams between, and its end. What comes
/// in one turn is looked at whole before any stream's flow goes on, so that a request with its body is one piece; what they send leaves together.
/// </summary>
/// <remarks>
/// Hot path: nothing is allocated for a stream that reuses its objects. Everything on the loop. Order of an end: the last GOAWAY, then the streams
/// that may finish, then FIN, then whatever the peer still sends is read away for a moment, then close.
/// </remarks>
public abstract partial class Http2Connection : LoopTimer, ITransportObserver, IOutputOwner, IShortageWaiter
{
    private readonly FrameInput _input;
    private readonly HpackDecoder _decoder = new();
    private readonly Dictionary<int, Http2Stream> _streams = [];
    private readonly List<Http2Stream> _woken = [];
    private int _needed = FrameHeader.Bytes;
    private bool _receiving;
    private bool _deferred;
    private protected GlitchBudget Glitches = new(EventLoop.NowNs);

    private protected Http2Connection(Transport transport, Http2Options options)
    {
        Transport = transport;
        Options = options;
        _input = new FrameInput(transport);
        if (options.HeaderTableBytes > HpackDecoder.DefaultTableSize) _decoder.SetTableSize(options.HeaderTableBytes);
        Output = new FrameOutput(transport, this);
        _receiveWindow = Math.Max(options.ConnectionWindowBytes, PeerSettings.DefaultWindow);
        _worthUpdate = WorthUpdate(options.ConnectionWindowBytes, options);
        StreamWorthUpdate = WorthUpdate(options.StreamWindowBytes, options);
        EndOfLife = In(options.LifeTimeNs);
        transport.Observer = this;
    }

    public Transport Transport { get; }

    public EventLoop Loop => Transport.Loop;

    /// <summary>Streams that are open.</summary>
    public int OpenStreams => _streams.Count;

    internal Http2Options Options { get; }

    internal PeerSettings Peer { get; } = new();

    internal FrameOutput Output { get; }

    /// <summary>No further stream begins: one side has said GOAWAY, or the connection is broken.</summary>
    public bool IsClosing { get; private set; }

    /// <summary>It is over; nothing is received or sent any more.</summary>
    public bool IsClosed => _lingers || Transport.IsClosed;

    private protected long EndOfLife { get; set; }

    /// <summary>The streams, in no order.</summary>
    private protected IEnumerable<Http2Stream> Streams => _streams.Values;

    /// <summary>Begins: says this side's settings, and reads what is here already.</summary>
    /// <param name="received">Bytes that were received before this connection took the transport over.</param>
    private protected void Open(ReadOnlySpan<byte> received)
    {
        _input.Begin(received);
        WriteSettings();
        Output.Schedule();
        WatchHead();
        Receive();
    }

    /// <summary>The connection is broken: everything on it ends now, without a word to the peer.</summary>
    public void Abort()
    {
        if (Transport.IsClosed) return;
        Transport.Abort();
        End(Http2Error.Cancel);
    }

    void ITransportObserver.OnReadable() => Receive();

    void ITransportObserver.OnWritable()
    {
        Output.OnWritable();
        if (_lingers) EndSending();
    }

    void ITransportObserver.OnBroken() => Abort();

    void IOutputOwner.OnSendBroken() => Abort();

    void IOutputOwner.OnRoom()
    {
        if (_pauses) EndPause();
        PumpQueue();
        Output.Schedule();
    }

    void IOutputOwner.OnFlushed()
    {
        if (Output.Buffer.IsEmpty) _queuedAnswers = 0;
        TellHeld();
    }

    /// <summary>Ends the connection for a fault of the peer's: GOAWAY, and all its streams are over.</summary>
    internal void Fail(Http2Error error)
    {
        if (IsClosed) return;
        WriteGoAway(error, LastSeen);
        Leave(error);
    }

    /// <summary>A glitch. False: there were too many, and the connection is over.</summary>
    internal bool TryForgive(int cost)
    {
        Count(GlitchBudget.Of(cost));
        if (Glitches.TrySpend(cost, EventLoop.NowNs)) return true;
        Count(Glitch.Abuse);
        Fail(Http2Error.EnhanceYourCalm);
        return false;
    }

    internal void Attach(Http2Stream stream) => _streams.Add(stream.Id, stream);

    /// <summary>Both directions have ended, or it was reset: its id is over.</summary>
    internal void Detach(Http2Stream stream) => _streams.Remove(stream.Id);

    /// <summary>Both directions have ended as they should.</summary>
    internal void EndWell(Http2Stream stream)
    {
        Detach(stream);
        Glitches.Earn();
    }

    /// <summary>The stream goes on when this batch of frames was looked at.</summary>
    internal void WakeLater(Http2Stream stream)
    {
        if (stream.IsWoken) return;
        stream.IsWoken = true;
        _woken.Add(stream);
    }

    private protected bool TryFind(int id, out Http2Stream stream) => _streams.TryGetValue(id, out stream!);

    /// <summary>The preface of a client, where one is awaited.</summary>
    /// <returns>False: it is not whole yet, or wrong and the connection over.</returns>
    private protected abstract bool TryReadPreface(ReadOnlySpan<byte> received, out int length);

    /// <summary>For metrics.</summary>
    private protected abstract void Count(Glitch glitch);

    /// <summary>The transport is closed; told once.</summary>
    private protected abstract void OnClosed();

    /// <summary>No further stream begins; told once, before any stream hears of an end.</summary>
    private protected virtual void OnClosing()
    {
    }

    private void Receive()
    {
        if (_receiving || Transport.IsClosed) return;
        _receiving = true;
        try
        {
            if (!_lingers) ReceiveFrames();
            if (_lingers) ReadAway();
        }
        finally
        {
            _receiving = false;
            if (Transport.IsClosed) _input.Release();
        }
    }

    private void ReceiveFrames()
    {
        int left = LoopYield.BytesPerTurn;
        while (true)
        {
            Parse();
            EndBatch();
            if (IsClosed || Pauses()) return;
            if (left <= 0)
            {
                ReceiveLater();
                return;
            }

            int received = _input.Fill(_needed);
            if (received > 0)
            {
                left -= received;
            }
            else
            {
                if (received != Transport.WouldBlock) OnPeerEnded();
                return;
            }
        }
    }

    /// <summary>Others on this loop have their turn first.</summary>
    private void ReceiveLater()
    {
        if (_deferred) return;
        _deferred = true;
        Loop.Defer(
            static (self, _) =>
            {
                ((Http2Connection)self!)._deferred = false;
                ((Http2Connection)self!).Receive();
            },
            this);
    }

    private void Parse()
    {
        if (!_sawPreface && !ReadPreface()) return;
        while (!IsClosed && _input.Count >= FrameHeader.Bytes)
        {
            FrameHeader frame = FrameHeader.Parse(_input.Unread);
            FrameVerdict verdict = FrameRules.Judge(frame, Options.MaxFrameBytes);
            if (verdict.Scope == FaultScope.Connection)
            {
                Fail(verdict.Error);
                return;
            }

            _needed = FrameHeader.Bytes + frame.Length;
            if (_input.Count < _needed) return;
            Http2Error error = verdict.IsGood ? Take(frame, _input.Bytes, _input.Start + FrameHeader.Bytes) : TakeFaulty(frame, verdict.Error);
            if (error != Http2Error.NoError) Fail(error);
            if (IsClosed) return;
            _input.Consume(FrameHeader.Bytes + frame.Length);
            _needed = FrameHeader.Bytes;
        }
    }

    private bool ReadPreface()
    {
        if (_input.IsEmpty || !TryReadPreface(_input.Unread, out int length)) return false;
        _input.Consume(length);
        _sawPreface = true;
        return true;
    }

    /// <summary>The flows that these frames have something for go on.</summary>
    private void EndBatch()
    {
        for (int i = 0; i < _woken.Count; i++)
        {
            _woken[i].IsWoken = false;
            _woken[i].Wake();
        }

        _woken.Clear();
        if (IsClosed) return;
        if (_queuedAnswers > Http2Limits.MaxQueuedAnswers)
        {
            // It asks and asks, and does not listen.
            Count(Glitch.Abuse);
            Abort();
            return;
        }

        if (!Output.Buffer.IsEmpty) Output.Schedule();
        TellHeld();
    }
}
