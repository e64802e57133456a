using Mesh.Wire.Buffers;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Opaque;

/// <summary>One way of a <see cref="Splice"/>: what its source says goes to its sink. Told of the source's readiness.</summary>
/// <remarks>
/// Hot path: no allocation. The buffer is small until a receive fills it: questions and answers pass through a few KiB that stay in the processor's
/// cache, and what comes in bulk moves with few calls.
/// </remarks>
internal sealed class SpliceWay(Splice splice, Transport source, Transport sink) : ITransportObserver
{
    private byte[]? _buffer;
    private int _start;
    private int _end;
    private long _bytes;
    private bool _wide;
    private bool _sourceBroken;
    private bool _sinkBroken;
    private bool _deferred;

    /// <summary>The other way; it goes on when this one's source has room.</summary>
    public SpliceWay Back { get; set; } = null!;

    /// <summary>The source's end was passed on.</summary>
    public bool IsOver { get; private set; }

    public bool HoldsBuffer => _buffer is not null;

    /// <summary>Bytes that the sink took.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public void Begin(ReadOnlySpan<byte> ahead)
    {
        source.Observer = this;
        if (!ahead.IsEmpty)
        {
            _buffer = BufferPool.Rent(ahead.Length);
            ahead.CopyTo(_buffer);
            _end = ahead.Length;
        }

        Pump();
    }

    void ITransportObserver.OnReadable() => Pump();

    void ITransportObserver.OnWritable() => Back.Pump();

    void ITransportObserver.OnBroken() => SourceBroke();

    /// <summary>Closes the sink; with a reset where it was not given all, so that nothing is missed unnoticed.</summary>
    public void Close(bool abort)
    {
        if (abort || _start < _end) sink.Abort();
        else sink.Close();
        Release();
        IsOver = true;
    }

    private void Pump()
    {
        if (_deferred || _sinkBroken || IsOver) return;
        long before = _bytes;
        Pause pause = Move();
        if (_bytes > before) splice.Count(this, _bytes - before);
        switch (pause)
        {
            case Pause.Share:
                _deferred = true;
                splice.Loop.Defer(static (self, _) => ((SpliceWay)self!).PumpOn(), this);
                break;
            case Pause.SourceEnded:
                IsOver = true;
                sink.ShutdownSend();
                splice.EndedOneWay();
                break;
            case Pause.SourceBroken:
                splice.Broke(this);
                break;
            case Pause.SinkBroken:
                Back.SourceBroke();
                break;
        }
    }

    private void PumpOn()
    {
        _deferred = false;
        Pump();
    }

    /// <summary>Moves what can be moved now, and no more than a share of the loop's turn.</summary>
    private Pause Move()
    {
        int moved = 0;
        for (int step = 0; step < LoopYield.StepsPerTurn && moved < LoopYield.BytesPerTurn; step++)
        {
            if (_start == _end && Fill() is var got and <= 0)
            {
                Release();
                if (got == Transport.WouldBlock) return Pause.Waits;
                return got == 0 && !_sourceBroken ? Pause.SourceEnded : Pause.SourceBroken;
            }

            int sent = sink.Send(_buffer.AsSpan(_start, _end - _start));
            if (sent == Transport.Broken) return Pause.SinkBroken;
            if (sent > 0)
            {
                _start += sent;
                moved += sent;
                Volatile.Write(ref _bytes, _bytes + sent);
            }

            if (_start < _end) return Pause.Waits;
        }

        // Between two shares the buffer serves others.
        Release();
        return Pause.Share;
    }

    /// <summary>Receives into the empty buffer.</summary>
    private int Fill()
    {
        if (_buffer is not null && _wide != _buffer.Length > BufferPool.Small) Release();
        _buffer ??= BufferPool.Rent(_wide ? BufferPool.Large : BufferPool.Small);
        int count = source.Receive(_buffer);
        _start = 0;
        _end = Math.Max(count, 0);
        _wide = count == _buffer.Length || (_wide && (count > BufferPool.Small || count == Transport.WouldBlock));
        return count;
    }

    /// <summary>What the source said before is passed on first; what it was to hear is lost.</summary>
    private void SourceBroke()
    {
        if (_sourceBroken) return;
        _sourceBroken = true;
        Back.LoseSink();
        // Both sides broken: the other one was first.
        if (_sinkBroken) splice.Broke(Back);
        else if (IsOver) splice.Broke(this);
        else Pump();
    }

    private void LoseSink()
    {
        _sinkBroken = true;
        Release();
    }

    private void Release()
    {
        _start = _end = 0;
        if (_buffer is null) return;
        BufferPool.Return(_buffer);
        _buffer = null;
    }

    /// <summary>Why a way does not move now.</summary>
    private enum Pause
    {
        /// <summary>The source has nothing, or the sink has no room: one of them will tell.</summary>
        Waits,

        /// <summary>It had its share of the turn.</summary>
        Share,
        SourceEnded,
        SourceBroken,
        SinkBroken,
    }
}
