using System.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>
/// Reads the first bytes of a connection as far as they tell which host its TLS asks for, and keeps them for whoever they are meant for.
/// </summary>
/// <remarks>On the connection's loop, which tells it of readiness. Holds a buffer from the first byte on.</remarks>
internal sealed class ServerNameReader(Transport transport) : LoopTimer, IGoneWatcher
{
    /// <summary>Read at most: a ClientHello and the heads of the records that it came in.</summary>
    public const int MostBytes = 18 * 1024;

    private readonly LoopSource<string?> _end = new();
    private byte[]? _buffer;
    private int _count;
    private long _restNs;
    private bool _waits;

    /// <summary>What was read; until <see cref="Release"/>.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _count);

    /// <summary>The host; null: it is no TLS, tells none, does not come in time, or the client has gone.</summary>
    /// <param name="silenceNs">For the first byte.</param>
    /// <param name="restNs">From it to the verdict.</param>
    public ValueTask<string?> ReadAsync(long silenceNs, long restNs)
    {
        _restNs = restNs;
        if (TryRead(out string? name)) return new ValueTask<string?>(name);
        _waits = true;
        if (_count == 0) Set(transport.Loop, In(silenceNs));
        return _end.Arm();
    }

    public void OnReadable()
    {
        if (_waits && TryRead(out string? name)) End(name);
    }

    public void OnGone()
    {
        if (_waits) End(null);
    }

    /// <summary>Whoever they are meant for has the bytes. Idempotent.</summary>
    public void Release()
    {
        Remove(transport.Loop);
        if (_buffer is null) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _count) = (null, 0);
    }

    protected override void OnDeadline() => OnGone();

    private void End(string? name)
    {
        _waits = false;
        Cancel();
        _end.Complete(name);
    }

    /// <summary>True: it is known.</summary>
    private bool TryRead(out string? name)
    {
        name = null;
        while (true)
        {
            int room = (_buffer ??= ArrayPool<byte>.Shared.Rent(MostBytes)).Length - _count;
            int got = transport.Receive(_buffer.AsSpan(_count, room));
            if (got == Transport.WouldBlock)
            {
                if (_count == 0) Release();
                return false;
            }

            // The end of what the client says is told again to whoever reads on.
            if (got <= 0) return true;
            if (_count == 0) Set(transport.Loop, In(_restNs));
            _count += got;
            if (Tells(out name)) return true;
            if (_count == _buffer.Length) return true;
        }
    }

    private bool Tells(out string? name)
    {
        name = null;
        return Bytes.Length > 0;
    }
}
