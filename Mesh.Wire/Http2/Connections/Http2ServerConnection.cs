using System.Diagnostics;
using System.Net;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Streams;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Http2.Connections;

/// <summary>A client's connection: its streams become exchanges, each with a flow of its own in a place that is used again.</summary>
/// <remarks>
/// A place counts against the limit until its flow has ended, not only until its stream has: who resets what it asked for has not the right to ask
/// for more before the work has stopped (CVE-2023-44487, CVE-2025-8671).
/// </remarks>
public sealed partial class Http2ServerConnection : Http2Connection, IServerConnection
{
    /// <summary>How long idle places outlive the last request of a connection.</summary>
    private const long TrimNs = 2_000_000_000;

    /// <summary>Between the announcement that the connection ends and its last word, if the client does not answer before.</summary>
    private const long DrainNs = 1_000_000_000;

    private readonly Action<IServerExchange> _serve;
    private readonly Action<Http2ServerConnection> _onClosed;
    private Http2ServerStream? _idle;
    private int _busy;
    private int _lastStream;
    private int _lastIgnored;
    private bool _draining;
    private bool _saidLast;
    private bool _trimmed = true;

    /// <summary>Takes a transport over.</summary>
    /// <param name="transport">Open; on its loop.</param>
    /// <param name="options">Its limits.</param>
    /// <param name="heads">What a head may be, in any protocol.</param>
    /// <param name="serve">Begins the flow of a new place; it ends with the exchange's Closed.</param>
    /// <param name="onClosed">Told once.</param>
    public Http2ServerConnection(
        Transport transport, Http2Options options, Http1Limits heads, Action<IServerExchange> serve, Action<Http2ServerConnection> onClosed)
        : base(transport, options)
    {
        HeadLimits = heads;
        _serve = serve;
        _onClosed = onClosed;
    }

    /// <summary>Asked of the system once, when somebody wants to know.</summary>
    public IPAddress? RemoteAddress => field ??= Transport.RemoteEndPoint?.Address;

    internal Http1Limits HeadLimits { get; }

    /// <summary>It was ended because its client overdrew what it may do oddly.</summary>
    public bool WasAbused { get; private set; }

    /// <summary>Its client began in HTTP/1.</summary>
    internal bool IsUpgraded { get; private set; }

    /// <summary>Told of each glitch, for metrics. Quick.</summary>
    public Action<Http2ServerConnection, Glitch>? OnGlitch { get; init; }

    /// <summary>Begins.</summary>
    /// <param name="received">What was received before it was known that this is HTTP/2, from the preface on.</param>
    public void Start(ReadOnlySpan<byte> received = default)
    {
        WatchIdle();
        Open(received);
    }

    /// <summary>Begins where a client of HTTP/1 offered to go on so: what it asked for is stream 1 (RFC 7540 section 3.2).</summary>
    /// <param name="from">At an offer that <see cref="H2cOffer"/> read; it is not needed any more when this returns.</param>
    /// <param name="settings">What came with it.</param>
    /// <param name="received">What was received behind it, from the preface on.</param>
    public void Start(Http1ServerConnection from, ReadOnlySpan<byte> settings, ReadOnlySpan<byte> received)
    {
        IsUpgraded = true;
        EndOfLife = from.EndOfLife;
        Output.Buffer.Append("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"u8);
        Suppose(settings);
        TakeUpgraded(from.Request);
        Start(received);
    }

    public void Drain()
    {
        if (_draining || IsClosed) return;
        _draining = true;
        WriteGoAway(Http2Error.NoError, Http2Limits.LastStream);
        WritePing();
        Output.Schedule();
        Quiet(In(DrainNs));
    }

    /// <summary>A flow waits for its next request. False: there will be none.</summary>
    internal bool TryRest(Http2ServerStream place)
    {
        if (place.IsBusy) Rested(place);
        if (IsClosed || _saidLast) return false;
        place.NextIdle = _idle;
        _idle = place;
        return true;
    }

    /// <summary>The client took nothing of a response for too long; so do others of its kind.</summary>
    internal void OnStall(Http2ServerStream place)
    {
        Reset(place, Http2Error.EnhanceYourCalm);
        _ = TryForgive(GlitchBudget.Stall);
        Output.Schedule();
    }

    /// <summary>A flow is over.</summary>
    internal void Leave(Http2ServerStream place)
    {
        if (place.IsBusy) Rested(place);
    }

    private protected override bool TryReadPreface(ReadOnlySpan<byte> received, out int length)
    {
        ReadOnlySpan<byte> preface = FrameWriter.ClientPreface;
        length = preface.Length;
        int known = Math.Min(length, received.Length);
        if (!received[..known].SequenceEqual(preface[..known]))
        {
            Fail(Http2Error.ProtocolError);
            return false;
        }

        return known == length;
    }

    private protected override bool IsClient => false;

    private protected override int LastSeen => _lastStream;

    private protected override bool IsUnused(int id) => id > Math.Max(_lastStream, _lastIgnored) || (id & 1) == 0;

    private protected override Http2Error TakeHead(int id, ReadOnlySpan<byte> block, bool ends)
    {
        if ((id & 1) == 0) return Http2Error.ProtocolError;
        if (id > _lastStream) return TakeRequest(id, block, ends);
        if (TryFind(id, out Http2Stream stream)) return TakeTrailers((Http2ServerStream)stream, block, ends);
        return WasReset(id) ? Skip(block) : Http2Error.StreamClosed;
    }

    private protected override Http2Error TakeGoAway(int lastStream, Http2Error error)
    {
        // The client leaves: what it has asked for is answered.
        if (!_draining) Drain();
        return Http2Error.NoError;
    }

    private protected override void TakeReset(Http2Stream stream, Http2Error error)
    {
        bool early = !stream.LocalClosed;
        Detach(stream);
        stream.OnReset(error);
        if (early) _ = TryForgive(GlitchBudget.Cancel);
    }

    private protected override void RejectBody(Http2Stream stream)
    {
        ((Http2ServerStream)stream).RejectBody(RejectReason.ContentLengthMismatch);
        if (TryForgive(GlitchBudget.Error)) WakeLater(stream);
    }

    private protected override void OnPong()
    {
        if (_draining && !_saidLast) SayLast();
    }

    private protected override void Count(Glitch glitch)
    {
        WasAbused |= glitch == Glitch.Abuse;
        OnGlitch?.Invoke(this, glitch);
    }

    private protected override void OnClosed()
    {
        EndPlaces();
        _onClosed(this);
    }

    private protected override void OnQuiet()
    {
        if (_draining)
        {
            if (!_saidLast) SayLast();
            return;
        }

        if (!_trimmed)
        {
            // Idle places hold some KiB each; an idle connection shall cost little.
            _trimmed = true;
            EndPlaces();
            WatchIdle();
            return;
        }

        if (_busy == 0) Drain();
    }

    private Http2ServerStream Take()
    {
        if (_idle is null) _serve(new Http2ServerStream(this));
        Http2ServerStream place = _idle!;
        _idle = place.NextIdle;
        place.NextIdle = null;
        _trimmed = false;
        return place;
    }

    private void Rested(Http2ServerStream place)
    {
        place.IsBusy = false;
        if (--_busy > 0) return;
        Debug.Assert(Buffered == 0, "what waits for readers is counted exactly");
        if (_saidLast) Leave(Http2Error.NoError);
        else if (!_draining) Quiet(In(TrimNs));
    }

    /// <summary>No stream after the last one that was seen is served.</summary>
    private void SayLast()
    {
        _saidLast = true;
        WriteGoAway(Http2Error.NoError, _lastStream);
        Output.Schedule();
        EndPlaces();
        if (_busy == 0) Leave(Http2Error.NoError);
        else Quiet(Never);
    }

    private void EndPlaces()
    {
        while (_idle is { } place)
        {
            _idle = place.NextIdle;
            place.NextIdle = null;
            place.EndRest();
        }
    }

    private void WatchIdle() => Quiet(Math.Min(In(Options.IdleTimeoutNs), EndOfLife));
}
