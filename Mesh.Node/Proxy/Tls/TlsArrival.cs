using System.Net;
using Mesh.Wire.Loops;
using Mesh.Wire.Tls;
using Mesh.Wire.Transports;

namespace Mesh.Node.Proxy.Tls;

/// <summary>
/// One accepted connection until it is secured: it is silent, then its first byte says whether it speaks TLS, then it shakes hands.
/// </summary>
/// <remarks>On its loop. The handshake's buffers are made when its first byte has come: whoever connects and waits costs a descriptor.</remarks>
internal sealed class TlsArrival(TlsEntrance entrance, Transport transport) : LoopTimer, ITransportObserver
{
    /// <summary>Every TLS connection begins with a record of type handshake (RFC 8446 section 5.1).</summary>
    private const byte HandshakeRecord = 22;

    private readonly long _deadlineNs = In((long)entrance.Tls.Timeout.TotalNanoseconds);
    private TlsHandshake? _handshake;
    private PlainRefusal? _refusal;
    private bool _over;

    public void Begin()
    {
        transport.Observer = this;
        Set(transport.Loop, _deadlineNs);
        OnReadable();
    }

    /// <summary>The server is stopping.</summary>
    public void GiveUp()
    {
        if (_over) return;
        Leave();
        if (_handshake is { } handshake) handshake.GiveUp();
        else if (_refusal is { } refusal) refusal.End();
        else transport.Abort();
    }

    public void OnReadable()
    {
        if (_over || _handshake is not null || _refusal is not null) return;
        Span<byte> first = stackalloc byte[1];
        int count = transport.Peek(first);
        if (count == Transport.WouldBlock) return;
        Remove(transport.Loop);
        if (count <= 0)
        {
            // Who connects and leaves without a word looks whether the port is there: a load balancer's check.
            Leave();
            transport.Close();
        }
        else if (first[0] == HandshakeRecord) Secure();
        else TakePlain(first[0]);
    }

    public void OnWritable()
    {
    }

    public void OnBroken()
    {
        if (_over || _handshake is not null || _refusal is not null) return;
        Leave();
        transport.Abort();
    }

    protected override void OnDeadline()
    {
        entrance.Complain(transport.Loop, transport.RemoteEndPoint, TlsFailure.TimedOut, null);
        Leave();
        transport.Abort();
    }

    private void TakePlain(byte first)
    {
        if (entrance.Tls.TakesPlain)
        {
            _over = true;
            entrance.Admit(this, transport);
            return;
        }

        entrance.Complain(transport.Loop, transport.RemoteEndPoint, TlsFailure.NotTls, null);
        if (!char.IsAsciiLetterUpper((char)first))
        {
            Leave();
            transport.Abort();
            return;
        }

        _refusal = new PlainRefusal(transport, Leave);
        _refusal.Begin(entrance.PlainAnswer);
    }

    private async void Secure()
    {
        try
        {
            IPEndPoint? remote = transport.RemoteEndPoint;
            _handshake = new TlsHandshake(transport);
            TlsResult result = await _handshake.ServeAsync(entrance.Tls.Options, Math.Max(1, _deadlineNs - EventLoop.NowNs));
            if (_over) return;
            if (result.Transport is { } secured)
            {
                _over = true;
                entrance.Admit(this, secured);
                return;
            }

            entrance.Complain(transport.Loop, remote, result.Why, result.Failure);
            Leave();
        }
        catch (Exception bug)
        {
            entrance.OnBug(bug);
            Leave();
            transport.Abort();
        }
    }

    private void Leave()
    {
        if (_over) return;
        _over = true;
        Remove(transport.Loop);
        entrance.Leave(this, transport.Loop);
    }
}
