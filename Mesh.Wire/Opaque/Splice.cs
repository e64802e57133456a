using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Opaque;

/// <summary>
/// Two connections made one: what one side says the other hears, bytes, end and break, as if there were nobody between them.
/// </summary>
/// <remarks>
/// <para>Hot path, on the loop of both transports, which it owns from <see cref="RunAsync"/> on. Each way reads no further than the other side
/// takes, so it holds at most one buffer, and none while nothing moves.</para>
/// <para>An end is passed on as an end behind the last byte; the other way goes on (half-close). A reset is passed on as a reset, behind the bytes
/// that came before it as far as the other side takes them. Whoever has ended its own way and then breaks has just closed: the other side, which
/// got that end, is closed in order.</para>
/// </remarks>
public sealed class Splice : LoopTimer, IServerConnection
{
    private readonly SpliceSettings _settings;
    private readonly SpliceWay _up;
    private readonly SpliceWay _down;
    private readonly TaskCompletionSource<SpliceEnd> _end = new();
    private bool _draining;
    private bool _over;

    /// <param name="client">Who connected.</param>
    /// <param name="server">What was connected to, of the same loop.</param>
    /// <param name="settings">How long it may be silent.</param>
    public Splice(Transport client, Transport server, SpliceSettings settings)
    {
        Loop = client.Loop;
        _settings = settings;
        _up = new SpliceWay(this, client, server);
        _down = new SpliceWay(this, server, client);
        _up.Back = _down;
        _down.Back = _up;
    }

    public EventLoop Loop { get; }

    /// <summary>Bytes of the client that the server's system took. Readable from any thread.</summary>
    public long BytesUp => _up.Bytes;

    /// <summary>Bytes of the server that the client's system took. Readable from any thread.</summary>
    public long BytesDown => _down.Bytes;

    /// <summary>Called on the loop with bytes that one way has just moved (up, down): for counters that must not wait for the end.</summary>
    public Action<long, long>? Moved { get; set; }

    /// <summary>Buffers held: 0 while nothing waits to be taken, at most 2.</summary>
    public int BuffersHeld => (_up.HoldsBuffer ? 1 : 0) + (_down.HoldsBuffer ? 1 : 0);

    /// <summary>Moves bytes until it is over; both transports are closed then. Completes on the loop.</summary>
    /// <param name="ahead">What was already read of the client; copied where it is not taken at once.</param>
    public Task<SpliceEnd> RunAsync(ReadOnlyMemory<byte> ahead = default)
    {
        Touch();
        _up.Begin(ahead.Span);
        if (!_over) _down.Begin(default);
        return _end.Task;
    }

    /// <summary>
    /// Bytes have no end that could be waited for: it goes on while something moves, and closes in order after
    /// <see cref="SpliceSettings.DrainQuietNs"/> without.
    /// </summary>
    public void Drain()
    {
        if (_over || _draining) return;
        _draining = true;
        Touch();
    }

    public void Abort() => End(SpliceEnd.Aborted, abort: true);

    protected internal override void OnDeadline() => End(_draining ? SpliceEnd.Drained : SpliceEnd.Idle, abort: false);

    /// <summary>Something moved: the silence begins anew.</summary>
    internal void Touch()
    {
        if (_over) return;
        long silence = _up.IsOver || _down.IsOver ? Math.Min(_settings.HalfClosedNs, _settings.IdleNs) : _settings.IdleNs;
        Set(Loop, In(_draining ? Math.Min(silence, _settings.DrainQuietNs) : silence));
    }

    internal void Count(SpliceWay way, long bytes)
    {
        Touch();
        if (Moved is null) return;
        if (way == _up) Moved(bytes, 0);
        else Moved(0, bytes);
    }

    /// <summary>One way passed its end on.</summary>
    internal void EndedOneWay()
    {
        if (_up.IsOver && _down.IsOver) End(SpliceEnd.Ended, abort: false);
        else Touch();
    }

    /// <summary>A way's source is broken, and all that it said before has been passed on or cannot be.</summary>
    internal void Broke(SpliceWay way)
    {
        if (way.IsOver) End(SpliceEnd.Ended, abort: false);
        else End(way == _up ? SpliceEnd.ClientBroke : SpliceEnd.ServerBroke, abort: true);
    }

    private void End(SpliceEnd end, bool abort)
    {
        if (_over) return;
        _over = true;
        Remove(Loop);
        _up.Close(abort);
        _down.Close(abort);
        _end.TrySetResult(end);
    }
}
