using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Detection;

/// <summary>Waits for a connection's first bytes, and tells once what they are. The bytes stay where they are, for whoever reads them then.</summary>
/// <remarks>On the loop. Two waits: until the first byte, and from it until the verdict.</remarks>
public sealed class Sniffer : LoopTimer, ITransportObserver, IServerConnection
{
    /// <summary>Before the second look while the first bytes are not yet all here; twice as long before each that follows.</summary>
    private const long FirstLookNs = 20_000_000;

    private readonly Transport _transport;
    private readonly Settings _settings;
    private long _restDeadline = Never;
    private long _lookNs = FirstLookNs;
    private bool _over;

    public Sniffer(Transport transport, Settings settings)
    {
        _transport = transport;
        _settings = settings;
    }

    /// <summary>Whose first bytes are waited for.</summary>
    public Transport Transport => _transport;

    public EventLoop Loop => _transport.Loop;

    /// <summary>How long to wait, and whom to tell.</summary>
    /// <param name="SilenceNs">For the first byte; then it is <see cref="SpokenProtocol.Silent"/>.</param>
    /// <param name="RestNs">For what must follow it; then what is here is all there is, and some other protocol.</param>
    /// <param name="OnlyHttp">As <see cref="FirstBytes.TryTellHttp"/>.</param>
    /// <param name="Told">Called once. The transport has no observer then, and is closed only when it is <see cref="SpokenProtocol.Gone"/>.</param>
    public sealed record Settings(long SilenceNs, long RestNs, bool OnlyHttp, Action<Sniffer, SpokenProtocol> Told);

    /// <summary>Begins to wait; the verdict can be told within the call.</summary>
    public void Start()
    {
        _transport.Observer = this;
        Set(_transport.Loop, In(_settings.SilenceNs));
        Look();
    }

    public void Drain() => Tell(SpokenProtocol.Gone);

    public void Abort() => Tell(SpokenProtocol.Gone);

    void ITransportObserver.OnReadable() => Look();

    void ITransportObserver.OnWritable()
    {
    }

    void ITransportObserver.OnBroken() => Tell(SpokenProtocol.Gone);

    protected internal override void OnDeadline()
    {
        if (_restDeadline == Never) Tell(SpokenProtocol.Silent);
        else if (EventLoop.NowNs >= _restDeadline) Tell(Undecided);
        else Look();
    }

    private SpokenProtocol Undecided => _settings.OnlyHttp ? SpokenProtocol.Http1 : SpokenProtocol.Opaque;

    private bool TryTell(ReadOnlySpan<byte> first, out SpokenProtocol spoken) =>
        _settings.OnlyHttp ? FirstBytes.TryTellHttp(first, out spoken) : FirstBytes.TryTell(first, out spoken);

    private void Look()
    {
        if (_over) return;
        Span<byte> first = stackalloc byte[FirstBytes.Most];
        int count = _transport.Peek(first);
        if (count == Transport.WouldBlock) return;
        if (count <= 0) Tell(SpokenProtocol.Gone);
        else if (TryTell(first[..count], out SpokenProtocol spoken)) Tell(spoken);
        else if (_transport.PeerEnded) Tell(Undecided);
        else WaitForRest();
    }

    /// <summary>A transport whose bytes were not taken may not tell of those that follow: they are looked for.</summary>
    private void WaitForRest()
    {
        if (_restDeadline == Never) _restDeadline = In(_settings.RestNs);
        Set(_transport.Loop, Math.Min(_restDeadline, In(_lookNs)));
        _lookNs *= 2;
    }

    private void Tell(SpokenProtocol spoken)
    {
        if (_over) return;
        _over = true;
        Remove(_transport.Loop);
        _transport.Observer = null;
        if (spoken == SpokenProtocol.Gone && !_transport.IsClosed) _transport.Close();
        _settings.Told(this, spoken);
    }
}
