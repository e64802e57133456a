using System.Diagnostics;
using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Http2.Streams;

/// <summary>Whoever is told that payload was taken by its reader, so that the peer may send as much again.</summary>
internal interface IBodyOwner
{
    /// <summary>So many bytes of payload have left the buffers.</summary>
    void OnConsumed(int bytes);
}

/// <summary>
/// The body of one stream as a pull source. A frame that comes while its reader waits is given to it where it lies; what comes before it is asked
/// for is copied and kept, and the stream's window bounds how much that is.
/// </summary>
/// <remarks>
/// <para>Hot path. Pieces that are given where they lie have no room around them: whoever takes one copies it before it waits.</para>
/// <para>To read a body again: what came whole in one piece stays until the exchange ends; of more, a copy is kept if asked for.</para>
/// </remarks>
/// <param name="owner">Told what was read.</param>
/// <param name="held">Where copies are counted.</param>
internal sealed class StreamBody(IBodyOwner owner, BufferShare held)
{
    private readonly LoopSource<BodyRead> _waiting = new();
    private readonly PieceQueue _pieces = new();
    private byte[]? _given;
    private int _owed;
    private long _expected;
    private bool _ended;
    private bool _again;
    private bool _keepsGiven;
    private int _reads;
    private BodyRead _whole;
    private BodyStatus _failure;
    private KeptBody? _kept;
    private KeptBody? _idleKept;

    /// <summary>It was read to its end once.</summary>
    public bool IsBodyRead { get; private set; } = true;

    /// <summary>Nobody may wait for it, until it is rewound.</summary>
    public bool IsCancelled { get; private set; }

    /// <summary>A read waits.</summary>
    public bool IsWaiting => _waiting.IsArmed;

    /// <summary>The peer has sent all of it.</summary>
    public bool HasEnded => _ended;

    /// <summary>Payload that waits for its reader, bytes.</summary>
    public int Buffered => _pieces.Bytes;

    /// <summary>What came behind it; empty when nothing did.</summary>
    public TrailerSection? Trailers { get; private set; }

    /// <summary>A message begins.</summary>
    /// <param name="ended">It has no body.</param>
    /// <param name="length">Bytes of payload that its head promised; -1 for no promise.</param>
    public void Begin(bool ended, long length)
    {
        _ended = IsBodyRead = ended;
        _expected = length;
        _reads = 0;
        _again = IsCancelled = false;
        _failure = BodyStatus.Data;
        Trailers = null;
    }

    /// <summary>From here on there is no length to keep to: a tunnel.</summary>
    public void BecomeOpaque()
    {
        StopKeeping();
        _expected = -1;
    }

    /// <summary>Takes the payload of a frame. False: it is more or less than was promised, and nothing was taken.</summary>
    public bool Add(byte[] buffer, int offset, int count, bool ends)
    {
        if (_expected >= 0)
        {
            _expected -= count;
            if (_expected < 0 || (ends && _expected > 0)) return false;
        }

        _ended |= ends;
        if (_failure != BodyStatus.Data)
        {
            owner.OnConsumed(count);
            return true;
        }

        if (count == 0 && !ends) return true;
        if (_waiting.IsArmed && _pieces.IsEmpty)
        {
            Give(new BodyRead(buffer, offset, count, ends ? BodyStatus.Last : BodyStatus.Data, hasRoom: false));
            return true;
        }

        if (count > 0) _pieces.Add(buffer.AsSpan(offset, count));
        return true;
    }

    /// <summary>The peer's trailers, with which its body ends. False: less came than was promised.</summary>
    public bool End(TrailerSection? trailers)
    {
        if (_expected > 0) return false;
        _ended = true;
        Trailers = trailers;
        return true;
    }

    /// <summary>Goes on with a waiting read, if it can: after a batch of frames.</summary>
    public void Wake()
    {
        if (_waiting.IsArmed && TryRead(out BodyRead read)) _waiting.Complete(read);
    }

    /// <summary>A piece that is here.</summary>
    public bool TryRead(out BodyRead read)
    {
        Consume();
        if (IsBodyRead || _again)
        {
            read = _again ? ReadAgain() : BodyRead.End;
            return true;
        }

        if (_failure != BodyStatus.Data)
        {
            read = BodyRead.Failure(_failure);
            return true;
        }

        if (_pieces.IsEmpty)
        {
            read = default;
            if (!_ended) return false;
            read = Remember(BodyRead.End);
            return true;
        }

        _owed = _pieces.Take(out _given);
        bool last = _pieces.IsEmpty && _ended;
        read = Remember(new BodyRead(_given, BodyRead.RoomBefore, _owed, last ? BodyStatus.Last : BodyStatus.Data, hasRoom: true));
        return true;
    }

    /// <summary>The next piece.</summary>
    public ValueTask<BodyRead> ReadAsync() => TryRead(out BodyRead read) ? new ValueTask<BodyRead>(read) : _waiting.Arm();

    /// <summary>As <see cref="IServerExchange.KeepBody"/>.</summary>
    public void Keep(int maxBytes)
    {
        if (_reads > 0 || IsBodyRead || _kept is not null || _expected > maxBytes) return;
        _kept = _idleKept ??= new KeptBody(held);
        _kept.Begin(maxBytes);
    }

    /// <summary>There will be no other attempt.</summary>
    public void StopKeeping() => _kept?.Stop();

    /// <summary>All that was read can be read again.</summary>
    public bool CanRewind => _failure == BodyStatus.Data && (_reads == 0 || _keepsGiven || _kept is { IsWhole: true });

    /// <summary>As <see cref="IServerExchange.TryRewindBody"/>.</summary>
    public bool TryRewind()
    {
        Debug.Assert(!IsWaiting, "one reader at a time");
        if (!CanRewind) return false;
        IsCancelled = false;
        _kept?.Rewind();
        _again = _keepsGiven || _kept is { HasNext: true };
        return true;
    }

    /// <summary>Ends a waiting read; further ones are refused by who asks for them.</summary>
    public void CancelReads()
    {
        IsCancelled = true;
        _waiting.Complete(BodyRead.Failure(BodyStatus.Cancelled));
    }

    /// <summary>Nothing waited for came in time: that read fails, and there is no reading on.</summary>
    public void Fail(BodyStatus status)
    {
        if (_failure == BodyStatus.Data && !IsBodyRead) _failure = status;
        _waiting.Complete(BodyRead.Failure(status));
    }

    /// <summary>The exchange is over: what is left is dropped.</summary>
    public void Release()
    {
        if (!IsBodyRead && _failure == BodyStatus.Data) _failure = BodyStatus.Cancelled;
        _keepsGiven = false;
        _whole = default;
        Consume();
        int dropped = _pieces.Drop();
        _kept?.Release();
        _kept = null;
        if (dropped > 0) owner.OnConsumed(dropped);
    }

    private void Give(in BodyRead read)
    {
        Consume();
        _owed = read.Count;
        _waiting.Complete(Remember(read));
    }

    private BodyRead Remember(in BodyRead read)
    {
        if (read.IsLast) IsBodyRead = true;
        if (_reads++ == 0 && read is { IsLast: true } && (read.HasRoom || read.Count == 0))
        {
            _keepsGiven = true;
            _whole = read;
            return read;
        }

        _kept?.Add(read.Payload);
        return read;
    }

    private BodyRead ReadAgain()
    {
        if (_keepsGiven)
        {
            _again = false;
            return _whole;
        }

        BodyRead read = _kept!.Next(IsBodyRead);
        _again = _kept.HasNext;
        return read;
    }

    /// <summary>The piece given last is no longer needed.</summary>
    private void Consume()
    {
        if (_owed > 0)
        {
            int owed = _owed;
            _owed = 0;
            owner.OnConsumed(owed);
        }

        if (_given is null || _keepsGiven) return;
        BufferPool.Return(_given);
        _given = null;
    }
}
