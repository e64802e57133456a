using System.Diagnostics;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Heads;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Http2.Streams;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Http2.Connections;

/// <summary>Whoever shares out a backend connection's streams.</summary>
internal interface IStreamOwner
{
    /// <summary>A stream came free.</summary>
    void OnFree(Http2ClientConnection connection);

    /// <summary>The backend has said how many it allows.</summary>
    void OnRoom();

    /// <summary>It takes no further exchange.</summary>
    void OnLeaving(Http2ClientConnection connection);

    /// <summary>It is closed.</summary>
    void OnClosed(Http2ClientConnection connection);
}

/// <summary>A connection to a backend that carries many exchanges at once.</summary>
/// <remarks>What the backend pushes is refused: it is told so in the first SETTINGS.</remarks>
public sealed class Http2ClientConnection : Http2Connection
{
    /// <summary>Exchanges taken before the backend has said how many it allows. gRPC's servers and Envoy allow 100 or more.</summary>
    private const int BeforeSettings = 100;

    /// <summary>How long free objects outlive the last exchange of a connection.</summary>
    private const long TrimNs = 2_000_000_000;

    private readonly IStreamOwner _owner;
    private readonly Stack<Http2ClientStream> _spare = new();
    private int _nextId = 1;
    private int _taken;
    private bool _served;
    private List<Http2ClientStream>? _unsure;
    private bool _backendLeaves;
    private bool _trimmed = true;

    internal Http2ClientConnection(Transport transport, Http2Options options, ClientConnectionOptions times, IStreamOwner owner)
        : base(transport, options)
    {
        _owner = owner;
        Times = times;
    }

    /// <summary>Exchanges that are out.</summary>
    public int Taken => _taken;

    /// <summary>Another exchange may begin.</summary>
    public bool HasRoom => IsOpen && _taken < Limit;

    /// <summary>How many exchanges it carries at once.</summary>
    public int Limit => (int)Math.Min((uint)Options.MaxConcurrentStreams, SawSettings ? Peer.MaxConcurrentStreams : BeforeSettings);

    internal bool IsOpen => !IsClosing && !Transport.PeerEnded && _nextId < Http2Limits.LastStream - 1;

    /// <summary>A request on a stream that was taken before would be looked at.</summary>
    internal bool TakesRequests => !IsClosed && !_backendLeaves && !Transport.PeerEnded && _nextId < Http2Limits.LastStream - 1;

    internal ClientConnectionOptions Times { get; }

    /// <summary>When it began, monotonic nanoseconds.</summary>
    internal long BegunNs { get; } = EventLoop.NowNs;

    /// <summary>Begins.</summary>
    internal void Start()
    {
        Open(default);
        WatchIdle();
    }

    /// <summary>An exchange, if there is room.</summary>
    internal Http2ClientStream? TryTake()
    {
        if (!HasRoom) return null;
        if (!_spare.TryPop(out Http2ClientStream? stream)) stream = new Http2ClientStream(this);
        _taken++;
        stream.BeginExchange(_served);
        _served = true;
        return stream;
    }

    /// <summary>Whether the backend takes extended CONNECT; null: it has not said anything yet.</summary>
    internal bool? TakesTunnels => SawSettings ? Peer.EnablesConnectProtocol : IsClosed ? false : null;

    /// <summary>The exchange wants to know <see cref="TakesTunnels"/>, and is told by <see cref="Http2ClientStream.OnAgreement"/>.</summary>
    internal void AwaitSettings(Http2ClientStream stream) => (_unsure ??= []).Add(stream);

    /// <summary>The id of the stream that is opened next.</summary>
    internal int NextId()
    {
        int id = _nextId;
        _nextId += 2;
        if (!IsOpen) Retire();
        return id;
    }

    /// <summary>An exchange is over.</summary>
    internal void OnStreamFree()
    {
        _taken--;
        Debug.Assert(_taken > 0 || Buffered == 0, "what waits for readers is counted exactly");
        if (IsClosing)
        {
            if (_taken == 0 && !IsClosed) SayLast();
            return;
        }

        if (EndOfLife != Never && EventLoop.NowNs >= EndOfLife) Retire();
        else
        {
            if (_taken == 0) WatchSpare();
            _owner.OnFree(this);
        }
    }

    /// <summary>Its object may serve again.</summary>
    internal void TakeBack(Http2ClientStream stream)
    {
        if (_spare.Count < Options.MaxConcurrentStreams && !IsClosing) _spare.Push(stream);
    }

    /// <summary>No further exchange; those that are out end.</summary>
    internal void Retire()
    {
        if (IsClosing) return;
        BeginClosing();
        if (_taken == 0 && !IsClosed) SayLast();
    }

    /// <summary>The last exchange is over.</summary>
    private void SayLast()
    {
        WriteGoAway(Http2Error.NoError, 0);
        Leave(Http2Error.NoError);
    }

    private protected override bool TryReadPreface(ReadOnlySpan<byte> received, out int length)
    {
        // A server's preface is its SETTINGS frame.
        length = 0;
        return true;
    }

    private protected override bool IsClient => true;

    private protected override int LastSeen => 0;

    private protected override bool IsUnused(int id) => id >= _nextId || (id & 1) == 0;

    private protected override Http2Error TakeHead(int id, ReadOnlySpan<byte> block, bool ends)
    {
        if (TryFind(id, out Http2Stream stream)) return TakeHead((Http2ClientStream)stream, block, ends);
        return IsUnused(id) ? Http2Error.ProtocolError : Skip(block);
    }

    private protected override Http2Error TakeGoAway(int lastStream, Http2Error error)
    {
        // First of all, nothing more begins here: those that it did not look at are sent again at once, and not to it.
        _backendLeaves = true;
        Retire();
        foreach (Http2Stream stream in Streams.Where(stream => stream.Id > lastStream).ToArray())
        {
            if (!TryFind(stream.Id, out Http2Stream open) || open != stream) continue;
            Detach(stream);
            stream.OnReset(Http2Error.RefusedStream);
        }

        return Http2Error.NoError;
    }

    private protected override void TakeReset(Http2Stream stream, Http2Error error)
    {
        Detach(stream);
        stream.OnReset(error);
    }

    private protected override void RejectBody(Http2Stream stream)
    {
        Reject((Http2ClientStream)stream, RejectReason.ContentLengthMismatch);
        WakeLater(stream);
    }

    private protected override void OnSettings()
    {
        TellUnsure();
        _owner.OnRoom();
    }

    private protected override void OnPong()
    {
    }

    private protected override void Count(Glitch glitch)
    {
    }

    private protected override void OnClosed()
    {
        TellUnsure();
        _owner.OnClosed(this);
    }

    private protected override void OnClosing() => _owner.OnLeaving(this);

    private protected override void OnQuiet()
    {
        if (_taken > 0) return;
        if (_trimmed)
        {
            Retire();
            return;
        }

        // As many objects as exchanges were out at once; an idle connection shall cost little.
        _trimmed = true;
        _spare.Clear();
        _spare.TrimExcess();
        WatchIdle();
    }

    private Http2Error TakeHead(Http2ClientStream stream, ReadOnlySpan<byte> block, bool ends)
    {
        if (stream.HasHead) return TakeTrailers(stream, block, ends);
        ReceivedHead head = stream.NextHead();
        HeadBuilder.Sink sink = head.Begin(stream.Method);
        HpackResult result = Decode(block, ref sink);
        Http2Error fault = ErrorOf(result);
        RejectReason reason = result != HpackResult.Complete || stream.IsFlooded ? RejectReason.HeadTooLarge : head.Finish(ends);
        if (reason == RejectReason.None)
        {
            stream.AddHead(head, ends, block.Length);
            WakeLater(stream);
            return Http2Error.NoError;
        }

        head.Release();
        if (fault != Http2Error.NoError) return fault;
        Reject(stream, reason);
        WakeLater(stream);
        return Http2Error.NoError;
    }

    private Http2Error TakeTrailers(Http2ClientStream stream, ReadOnlySpan<byte> block, bool ends)
    {
        if (stream.RemoteClosed || !ends)
        {
            Http2Error error = Skip(block);
            Reject(stream, RejectReason.InvalidTrailer);
            return error;
        }

        TrailerSink sink = stream.BeginTrailers();
        HpackResult result = Decode(block, ref sink);
        Http2Error fault = ErrorOf(result);
        if (fault != Http2Error.NoError) return fault;
        RejectReason reason = result == HpackResult.TooLarge ? RejectReason.TrailersTooLarge : sink.Reason;
        if (reason == RejectReason.None && !stream.EndTrailers()) reason = RejectReason.ContentLengthMismatch;
        if (reason != RejectReason.None) Reject(stream, reason);
        WakeLater(stream);
        return Http2Error.NoError;
    }

    private void Reject(Http2ClientStream stream, RejectReason reason)
    {
        Reset(stream, Http2Error.ProtocolError);
        stream.Reject(reason);
    }

    private void TellUnsure()
    {
        if (_unsure is not { } unsure) return;
        _unsure = null;
        foreach (Http2ClientStream stream in unsure) stream.OnAgreement();
    }

    private void WatchSpare()
    {
        _trimmed = false;
        Quiet(In(Math.Min(TrimNs, Times.PoolIdleTimeoutNs)));
    }

    private void WatchIdle() => Quiet(Math.Min(In(Times.PoolIdleTimeoutNs), EndOfLife));
}
