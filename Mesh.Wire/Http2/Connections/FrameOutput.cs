using Mesh.Wire.Buffers;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Http2.Connections;

/// <summary>Whoever waits for room in an output.</summary>
internal interface IOutputOwner
{
    /// <summary>What was queued is mostly sent: there is room again.</summary>
    void OnRoom();

    /// <summary>As much of it was sent as the system takes now.</summary>
    void OnFlushed();

    /// <summary>The peer is gone.</summary>
    void OnSendBroken();
}

/// <summary>
/// A connection's one writer: frames of all its streams are queued here in the order in which they are made, and leave together, once a turn of
/// the loop.
/// </summary>
/// <remarks>Hot path. It takes what it is given: streams ask <see cref="IsFull"/> before they add payload.</remarks>
internal sealed class FrameOutput(Transport transport, IOutputOwner owner)
{
    /// <summary>Queued bytes above which streams add no payload.</summary>
    public const int HighWater = 128 * 1024;

    /// <summary>Queued bytes below which they go on.</summary>
    public const int LowWater = 32 * 1024;

    private bool _scheduled;
    private bool _isBlocked;
    private bool _wasFull;

    /// <summary>What is queued.</summary>
    public OutputBuffer Buffer { get; } = new();

    /// <summary>Streams wait before they add payload.</summary>
    public bool IsFull
    {
        get
        {
            _wasFull |= Buffer.Length >= HighWater;
            return _wasFull;
        }
    }

    /// <summary>The system takes no more for now.</summary>
    public bool IsBlocked => _isBlocked;

    public bool IsBroken { get; private set; }

    /// <summary>Bytes given to the system, for metrics.</summary>
    public long BytesSent { get; private set; }

    /// <summary>What is queued leaves at the end of this turn.</summary>
    public void Schedule()
    {
        if (_scheduled || _isBlocked) return;
        _scheduled = true;
        transport.Loop.Defer(static (self, _) => ((FrameOutput)self!).FlushNow(), this);
    }

    /// <summary>Sends what is queued.</summary>
    public void FlushNow()
    {
        _scheduled = _isBlocked = false;
        if (IsBroken) return;
        while (!Buffer.IsEmpty)
        {
            int sent = transport.Send(Buffer.Pending);
            if (sent == Transport.WouldBlock)
            {
                _isBlocked = true;
                break;
            }

            if (sent < 0)
            {
                Break();
                owner.OnSendBroken();
                return;
            }

            BytesSent += sent;
            Buffer.Consume(sent);
        }

        if (_wasFull && Buffer.Length <= LowWater)
        {
            _wasFull = false;
            owner.OnRoom();
        }

        owner.OnFlushed();
    }

    /// <summary>The system has room again.</summary>
    public void OnWritable()
    {
        if (_isBlocked) FlushNow();
    }

    /// <summary>Nothing more is sent.</summary>
    public void Break()
    {
        IsBroken = true;
        Buffer.Release();
    }
}
