using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Http1;

/// <summary>
/// The sending half of a connection: what is queued (heads, small bodies) leaves in one send; a large piece leaves from the buffer that it
/// was received into, its framing written around it in place.
/// </summary>
/// <remarks>Hot path. One send waits at a time; a queue grows only by what its flow appends between two flushes.</remarks>
internal sealed class Http1Sender(Transport transport)
{
    /// <summary>Pieces below this are copied behind what is queued, to save a system call. Bytes; chosen, not measured.</summary>
    private const int CopyBelow = 8 * 1024;

    private readonly LoopSource<bool> _waiting = new();
    private byte[] _direct = [];
    private int _directStart;
    private int _directCount;
    private bool _broken;
    private int _held;

    /// <summary>What is queued.</summary>
    public OutputBuffer Output { get; } = new();

    /// <summary>How payload is framed: by length or opaque (as it comes), chunked, or none (dropped: the answer to HEAD).</summary>
    public BodyFraming Framing { get; set; }

    /// <summary>A flush waits for room.</summary>
    public bool IsWaiting => _waiting.IsArmed;

    public bool IsBroken => _broken;

    public bool HasPending => !Output.IsEmpty || _directCount > 0;

    /// <summary>Bytes given to the system, for metrics.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Queues a piece by copying it, with its framing.</summary>
    public void Append(in BodyRead read, TrailerSection? trailers)
    {
        if (read.Count > 0 && Framing != BodyFraming.None)
        {
            if (Framing == BodyFraming.Chunked) Http1Encoder.WriteChunk(Output, read.Payload);
            else Output.Append(read.Payload);
        }

        if (read.IsLast && Framing == BodyFraming.Chunked) Http1Encoder.WriteLastChunk(Output, trailers is null ? default : trailers.Lines);
    }

    /// <summary>Sends a piece behind what is queued. False: the peer is gone.</summary>
    public ValueTask<bool> WriteAsync(in BodyRead read, TrailerSection? trailers)
    {
        if (read.Count < CopyBelow || !read.HasRoom || Framing == BodyFraming.None)
        {
            Append(read, trailers);
            return FlushAsync();
        }

        int start = read.Offset;
        int count = read.Count;
        if (Framing == BodyFraming.Chunked)
        {
            start = ChunkFrame.WriteAround(read.Buffer, read.Offset, read.Count);
            count += read.Offset - start + ChunkFrame.SuffixBytes;
        }

        _direct = read.Buffer;
        _directStart = start;
        _directCount = count;
        // Trailers follow the piece; the queue goes before it. So a last piece with trailers is followed by a second, small flush.
        return read.IsLast && Framing == BodyFraming.Chunked ? FlushThenEndAsync(trailers) : FlushAsync();
    }

    /// <summary>Sends all that is queued. False: the peer is gone.</summary>
    public ValueTask<bool> FlushAsync()
    {
        int result = Pump();
        if (result != Transport.WouldBlock) return new ValueTask<bool>(result != Transport.Broken);
        Hold(Output.Length + _directCount);
        return _waiting.Arm();
    }

    /// <summary>There is room again: goes on with a waiting flush.</summary>
    public void OnWritable()
    {
        if (!_waiting.IsArmed) return;
        int result = Pump();
        if (result == Transport.WouldBlock) return;
        Hold(0);
        _waiting.Complete(result != Transport.Broken);
    }

    /// <summary>The peer is gone: ends a waiting flush and drops what is queued.</summary>
    public void Break()
    {
        _broken = true;
        Output.Release();
        _directCount = 0;
        Hold(0);
        _waiting.Complete(false);
    }

    /// <summary>Counts against the node's budget, while the peer takes it slowly.</summary>
    private void Hold(int bytes)
    {
        if (bytes == _held) return;
        transport.Loop.Buffers.Add(bytes - _held);
        _held = bytes;
    }

    private async ValueTask<bool> FlushThenEndAsync(TrailerSection? trailers)
    {
        if (!await FlushAsync()) return false;
        Http1Encoder.WriteLastChunk(Output, trailers is null ? default : trailers.Lines);
        return await FlushAsync();
    }

    /// <summary>0 when nothing is left, or a negative transport result.</summary>
    private int Pump()
    {
        if (_broken) return Transport.Broken;
        while (!Output.IsEmpty)
        {
            int sent = transport.Send(Output.Pending, more: _directCount > 0);
            if (sent < 0) return sent == Transport.Broken ? Broke() : sent;
            BytesSent += sent;
            Output.Consume(sent);
        }

        while (_directCount > 0)
        {
            int sent = transport.Send(_direct.AsSpan(_directStart, _directCount));
            if (sent < 0) return sent == Transport.Broken ? Broke() : sent;
            BytesSent += sent;
            _directStart += sent;
            _directCount -= sent;
            if (_directCount == 0) _direct = [];
        }

        return 0;
    }

    private int Broke()
    {
        _broken = true;
        Output.Release();
        _directCount = 0;
        return Transport.Broken;
    }
}
