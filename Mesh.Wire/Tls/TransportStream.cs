using Mesh.Wire.Buffers;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Tls;

/// <summary>
/// A transport as the stream that the framework's TLS wants beneath it. On the loop its calls work on the transport at once; from any other
/// thread (the handshake runs on the thread pool) they go through the loop.
/// </summary>
/// <remarks>
/// One read at a time. Writes never wait: what the system does not take is kept, and the owner above stops writing until it is gone. So the
/// memory here is bounded by one write of the owner, or by a handshake's flights.
/// </remarks>
internal sealed class TransportStream(Transport transport) : Stream
{
    /// <summary>Bytes that may wait to be sent during a handshake; a chain of certificates is some KiB.</summary>
    public const int MaxHandshakeBytes = 256 * 1024;

    private readonly OutputBuffer _out = new();
    private readonly LoopSource<int> _local = new();
    private TaskCompletionSource<int>? _foreign;
    private Memory<byte> _buffer;
    private bool _closed;
    private int _firstByte = -1;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Nothing waits to be sent.</summary>
    public bool IsFlushed => _out.IsEmpty;

    /// <summary>A send failed: the transport is broken.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>What came first cannot be the beginning of a TLS record (RFC 8446 section 5.1: types 20 to 23).</summary>
    public bool IsOther => Volatile.Read(ref _firstByte) is >= 0 and not (>= 20 and <= 23);

    /// <summary>Nothing has come.</summary>
    public bool IsSilent => Volatile.Read(ref _firstByte) < 0;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!transport.Loop.IsCurrent) return new ValueTask<int>(ReadForeign(buffer));
        // A read of nothing waits for bytes; the transport cannot be asked without taking any, so the next real read finds out.
        if (buffer.IsEmpty && transport.MayHaveUnread) return new ValueTask<int>(0);
        int count = _closed ? Transport.Broken : buffer.IsEmpty ? Transport.WouldBlock : transport.Receive(buffer.Span);
        if (count > 0 && _firstByte < 0) _firstByte = buffer.Span[0];
        if (count >= 0) return new ValueTask<int>(count);
        if (count == Transport.Broken) return ValueTask.FromException<int>(Gone());
        _buffer = buffer;
        return Checked(_local.Arm());
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!transport.Loop.IsCurrent)
        {
            WriteForeign(buffer.ToArray());
            return;
        }

        if (_closed || IsBroken) return;
        int taken = 0;
        if (_out.IsEmpty) taken = transport.Send(buffer);
        if (taken == Transport.Broken) IsBroken = true;
        else if (taken < buffer.Length) _out.Append(buffer[Math.Max(taken, 0)..]);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("reads are asynchronous");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>The transport has something, or the end: the read that waits goes on. On the loop.</summary>
    public void OnReadable()
    {
        if (!_local.IsArmed && _foreign is null) return;
        int count = _buffer.IsEmpty ? 0 : transport.Receive(_buffer.Span);
        if (count > 0 && _firstByte < 0) Volatile.Write(ref _firstByte, _buffer.Span[0]);
        if (count != Transport.WouldBlock) Finish(count);
    }

    /// <summary>Sends what waits; true when nothing waits any more. On the loop.</summary>
    public bool TryFlush()
    {
        while (!_out.IsEmpty)
        {
            int sent = transport.Send(_out.Pending);
            if (sent == Transport.Broken)
            {
                IsBroken = true;
                _out.Release();
                return false;
            }

            if (sent < 0) return false;
            bool all = sent == _out.Length;
            _out.Consume(sent);
            if (!all) return false;
        }

        return true;
    }

    /// <summary>No read will be answered any more. On the loop.</summary>
    public void End()
    {
        if (_closed) return;
        _closed = true;
        _out.Release();
        Finish(Transport.Broken);
    }

    private static IOException Gone() => new("the connection is gone");

    private static async ValueTask<int> Checked(ValueTask<int> wait)
    {
        int count = await wait.ConfigureAwait(false);
        return count >= 0 ? count : throw Gone();
    }

    private Task<int> ReadForeign(Memory<byte> buffer)
    {
        TaskCompletionSource<int> read = new(TaskCreationOptions.RunContinuationsAsynchronously);
        transport.Loop.Post(static (self, call) => ((Action)call!)(), null, () =>
        {
            _foreign = read;
            _buffer = buffer;
            if (_closed) Finish(Transport.Broken);
            else if (!buffer.IsEmpty || transport.MayHaveUnread) OnReadable();
        });
        return read.Task;
    }

    private void WriteForeign(byte[] bytes) => transport.Loop.Post(static (self, copy) =>
    {
        TransportStream stream = (TransportStream)self!;
        stream.Write((byte[])copy!);
        if (stream._out.Length > MaxHandshakeBytes) stream.End();
    }, this, bytes);

    private void Finish(int count)
    {
        _buffer = default;
        if (_foreign is { } foreign)
        {
            _foreign = null;
            if (count >= 0) foreign.TrySetResult(count);
            else foreign.TrySetException(Gone());
            return;
        }

        if (!_local.IsArmed) return;
        // Under a synchronization context the framework's awaits inside would go on in the thread pool instead of here.
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            _local.Complete(count);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
