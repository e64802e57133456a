using Mesh.Wire.Buffers;
using Mesh.Wire.Detection;
using Mesh.Wire.Http1;
using Mesh.Wire.Transports;

namespace Mesh.Wire.ProxyProtocol;

/// <summary>
/// Takes the header of the PROXY protocol off a connection's front, and nothing behind it: whoever reads then finds the client's own first byte. The
/// transport's <see cref="Transport.RemoteEndPoint"/> is from then on whom the header named, its <see cref="Transport.OriginalDestination"/> what.
/// </summary>
/// <remarks>On the loop.</remarks>
public sealed class ProxyHeaderLook(Transport transport, ProxyHeaderLook.Settings settings)
    : FirstLook(transport, settings.TimeNs, settings.TimeNs, UsualBytes, ProxyHeaderBlock.MaxBytes)
{
    /// <summary>Holds a line, and a block with a few short values.</summary>
    private const int UsualBytes = 256;

    private ProxyHeader _header;
    private ProxyHeaderStatus _status;

    /// <summary>How long to wait, and whom to tell.</summary>
    /// <param name="TimeNs">From the accept to the first byte, and from it to the header's end.</param>
    /// <param name="Told">
    /// Called once: Known with None is a header that was taken off; else why the connection must be refused. It is closed only when it is gone.
    /// </param>
    public sealed record Settings(long TimeNs, Action<ProxyHeaderLook, LookEnd, RejectReason> Told);

    /// <summary>What was taken off.</summary>
    public ProxyHeader Header => _header;

    protected override bool TryJudge(ReadOnlySpan<byte> first)
    {
        _status = ProxyHeaderReader.Read(first, out _header);
        return _status != ProxyHeaderStatus.More;
    }

    protected override void Tell(LookEnd end)
    {
        RejectReason reason = end switch
        {
            LookEnd.Gone => RejectReason.None,
            LookEnd.Silent or LookEnd.Late => RejectReason.ProxyHeaderTimeout,
            LookEnd.Known when _status == ProxyHeaderStatus.Missing => RejectReason.MissingProxyHeader,
            LookEnd.Known when _status == ProxyHeaderStatus.Header => TakeOff(),
            _ => RejectReason.InvalidProxyHeader,
        };
        settings.Told(this, end, reason);
    }

    /// <summary>It was looked at whole, so it is there.</summary>
    private RejectReason TakeOff()
    {
        byte[] room = BufferPool.Rent(_header.Length);
        int taken = 0;
        while (taken < _header.Length && Transport.Receive(room.AsSpan(taken, _header.Length - taken)) is var count and > 0) taken += count;
        BufferPool.Return(room);
        if (taken < _header.Length) return RejectReason.InvalidProxyHeader;
        if (_header is { Source: { } source, Destination: { } destination }) Transport.Proxied = new ProxiedConnection(source, destination);
        return RejectReason.None;
    }
}
