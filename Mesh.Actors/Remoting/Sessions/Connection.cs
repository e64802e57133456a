using Google.Protobuf;
using Mesh.Actors.Remoting.Frames;
using Mesh.Actors.Remoting.Protocol;
using Mesh.Wire.Buffers;
using Mesh.Wire.Loops;
using Mesh.Wire.Tls;
using Mesh.Wire.Transports;

namespace Mesh.Actors.Remoting.Sessions;

/// <summary>Who is told what comes by a connection, and asked what goes. First the greeting, then the peer.</summary>
internal interface IConnectionOwner
{
    void OnMessage(Connection connection, in InboundMessage message);

    /// <summary>Appends the next frame; false when nothing waits.</summary>
    bool TryWriteNext(Connection connection, OutputBuffer output);

    /// <summary>Told once. The transport is closed.</summary>
    void OnEnded(Connection connection, SessionEnd why, string detail);

    /// <summary>No frame either way for the time of <see cref="Connection.WatchIdle"/>.</summary>
    void OnIdle(Connection connection);
}

/// <summary>Frames over one transport: reads whole messages, writes what its owner has when the system takes it, watches its deadlines.</summary>
internal sealed class Connection : LoopTimer, ITransportObserver
{
    private const int ReadsPerTurn = 4;
    private const int BytesPerTurn = 256 * 1024;

    private readonly SessionContext _context;
    private readonly Transport _transport;
    private readonly FrameReader _reader = new();
    private readonly OutputBuffer _out = new();
    private Watch _watch = Watch.Greeting;
    private TimeSpan? _idleTimeout;
    private bool _pumpDue;
    private bool _finishing;

    public Connection(SessionContext context, Transport transport, PeerCertificate? certificate, IConnectionOwner owner)
    {
        (_context, _transport, Certificate, Owner) = (context, transport, certificate, owner);
        transport.Observer = this;
        transport.BreakAfterSilence(context.Settings.SilenceTimeout);
    }

    private enum Watch
    {
        Greeting,
        Write,
        Idle,
    }

    public IConnectionOwner Owner { get; set; }

    public PeerCertificate? Certificate { get; }

    public FrameWriter Writer { get; } = new();

    public bool IsOver { get; private set; }

    public string Remote => _transport.RemoteEndPoint?.ToString() ?? "a peer that is gone";

    /// <summary>Begins to read; without an agreement within that time it ends.</summary>
    public void Start(long timeoutNs)
    {
        Set(_context.Loop, In(timeoutNs));
        OnReadable();
    }

    /// <summary>Both sides have agreed.</summary>
    public void Trust(params Lane[] lanes)
    {
        _reader.Trust(lanes);
        _watch = Watch.Idle;
        Cancel();
    }

    /// <summary>Has the owner told when no frame passed for so long.</summary>
    public void WatchIdle(TimeSpan timeout)
    {
        _idleTimeout = timeout;
        Touch();
    }

    /// <summary>Sends a small message at once, before what waits.</summary>
    public void SendNow(ushort kind, IMessage message, Lane lane = Lane.Control)
    {
        Writer.Write(_out, lane, kind, message, message.CalculateSize());
        Flush();
    }

    /// <summary>Asks the owner for frames, soon: what is sent in one turn leaves together.</summary>
    public void Pump()
    {
        if (_pumpDue || IsOver) return;
        _pumpDue = true;
        _context.Loop.Defer(static (self, _) => ((Connection)self!).WriteNow(), this);
    }

    /// <summary>Writes what the owner has, as far as the system takes it and one turn goes.</summary>
    public void WriteNow()
    {
        _pumpDue = false;
        for (int budget = BytesPerTurn; !IsOver;)
        {
            while (!_finishing && _out.Length < FrameLimits.MaxSliceBytes && Owner.TryWriteNext(this, _out)) Touch();
            int waiting = _out.Length;
            if (waiting > 0 && !Flush()) return;
            if (_finishing) End(SessionEnd.Closed, "finished");
            if (waiting == 0) return;
            budget -= waiting;
            if (budget > 0) continue;
            Pump();
            return;
        }
    }

    /// <summary>Tells the peer why there is no session, and ends.</summary>
    public void Refuse(RefusalReason reason, string detail)
    {
        if (IsOver) return;
        SendNow(RemotingKinds.Refusal, new Refusal { Reason = reason, Detail = detail });
        End(HandshakeRules.ToSessionEnd(reason) ?? SessionEnd.Closed, detail);
    }

    /// <summary>Ends; in order where nothing is wrong with the peer, so that what was sent arrives.</summary>
    public void End(SessionEnd why, string detail)
    {
        if (IsOver) return;
        IsOver = true;
        Remove(_context.Loop);
        if (why is SessionEnd.Broken or SessionEnd.TimedOut) _transport.Abort();
        else _transport.Close();
        _out.Release();
        Owner.OnEnded(this, why, detail);
    }

    /// <summary>Ends in order once what is on its way out has left; takes nothing more from its owner.</summary>
    public void Finish()
    {
        _finishing = true;
        if (!IsOver && Flush()) End(SessionEnd.Closed, "finished");
    }

    public void OnReadable()
    {
        for (int i = 0; i < ReadsPerTurn && !IsOver; i++)
        {
            int count = _transport.Receive(_context.ReceiveBuffer);
            if (count == Transport.WouldBlock) return;
            if (count <= 0)
            {
                End(count == 0 ? SessionEnd.Closed : SessionEnd.Broken, EndText(count));
                return;
            }

            Take(_context.ReceiveBuffer.AsSpan(0, count));
            if (count < SessionContext.ReceiveBytes && !_transport.PeerEnded) return;
        }

        if (!IsOver) _context.Loop.Defer(static (self, _) => ((Connection)self!).OnReadable(), this);
    }

    public void OnWritable() => WriteNow();

    public void OnBroken() => End(SessionEnd.Broken, "the connection was reset");

    protected override void OnDeadline()
    {
        switch (_watch)
        {
            case Watch.Greeting:
                End(SessionEnd.TimedOut, "no hello in time");
                break;
            case Watch.Write:
                End(SessionEnd.Broken, $"the peer has taken nothing for {_context.Settings.WriteTimeout.TotalSeconds:0.#} s");
                break;
            default:
                Owner.OnIdle(this);
                break;
        }
    }

    private string EndText(int count)
    {
        if (_transport is TlsTransport { Failure: { } failure }) return $"TLS: {failure}";
        return count == 0 ? "the peer closed the connection" : "the connection broke";
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        while (!IsOver)
        {
            switch (_reader.TryRead(ref bytes, out InboundMessage message))
            {
                case FrameStatus.Incomplete:
                    return;
                case FrameStatus.Malformed:
                    End(SessionEnd.Malformed, _reader.Fault!);
                    return;
            }

            _context.Counters.ReceivedMessage(message.Lane, message.Body.Length + FrameHeader.Bytes);
            Touch();
            Owner.OnMessage(this, message);
        }
    }

    /// <summary>True when the system took everything.</summary>
    private bool Flush()
    {
        while (!_out.IsEmpty && !IsOver)
        {
            int sent = _transport.Send(_out.Pending);
            if (sent == Transport.Broken)
            {
                End(SessionEnd.Broken, "the connection broke");
                return false;
            }

            bool all = sent == _out.Length;
            if (sent > 0) _out.Consume(sent);
            if (all) break;
            Block(progress: sent > 0);
            return false;
        }

        if (_watch == Watch.Write)
        {
            _watch = Watch.Idle;
            Cancel();
            Touch();
        }

        return !IsOver;
    }

    private void Block(bool progress)
    {
        if (_watch == Watch.Greeting || (_watch == Watch.Write && !progress)) return;
        _watch = Watch.Write;
        Set(_context.Loop, In(SessionContext.Ns(_context.Settings.WriteTimeout)));
    }

    private void Touch()
    {
        if (_watch == Watch.Idle && _idleTimeout is { } timeout) Set(_context.Loop, In(SessionContext.Ns(timeout)));
    }
}
