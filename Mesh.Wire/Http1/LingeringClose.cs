using Mesh.Wire.Transports;

namespace Mesh.Wire.Http1;

/// <summary>
/// The end of a connection whose client may still send. Closing with unread bytes makes the system send a reset, which can destroy the answer
/// in the client's hands before it is read (RFC 9112 section 9.6). So: send what is queued, end our direction, read on for a while, close.
/// </summary>
/// <remarks>Cold: one object for each connection that ends so. The owner keeps the time.</remarks>
internal sealed class LingeringClose(Transport transport, Http1Sender sender, Action close)
{
    /// <summary>How long, nanoseconds: nginx's lingering_timeout.</summary>
    public const long TimeNs = 5_000_000_000;

    /// <summary>How much is read and thrown away, bytes; whoever sends more in that time is cut off.</summary>
    public const long MaxBytes = 64 * 1024 * 1024;

    private const int ReadsPerTurn = 16;
    private const int ReadBytes = 8 * 1024;
    private long _drained;
    private bool _ended;

    public void Begin() => _ = FlushAsync();

    /// <summary>Reads what is there; on readable.</summary>
    public void Drain()
    {
        if (!_ended) return;
        Span<byte> waste = stackalloc byte[ReadBytes];
        for (int i = 0; i < ReadsPerTurn; i++)
        {
            int count = transport.Receive(waste);
            if (count == Transport.WouldBlock) return;
            _drained += Math.Max(0, count);
            if (count > 0 && _drained < MaxBytes) continue;
            close();
            return;
        }

        transport.Loop.Defer(static (self, _) => ((LingeringClose)self!).DrainOn(), this);
    }

    private void DrainOn()
    {
        if (!transport.IsClosed) Drain();
    }

    private async Task FlushAsync()
    {
        bool sent = await sender.FlushAsync();
        if (transport.IsClosed) return;
        if (!sent)
        {
            close();
            return;
        }

        transport.ShutdownSend();
        _ended = true;
        Drain();
    }
}
