using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Detection;

/// <summary>Waits for a connection's first bytes until they say enough, and takes none of them: they stay for whoever reads then.</summary>
/// <remarks>
/// On the loop. Two waits: until the first byte, and from it until the verdict. Tells once. Each look copies all bytes from the first on. Where a
/// client drips them, most arrivals are left to the next timer once the looks have cost enough, so that all of them together copy a multiple of what
/// came, and not its square.
/// </remarks>
public abstract class FirstLook : LoopTimer, ITransportObserver, IServerConnection
{
    /// <summary>Before a look that nothing asks for while the first bytes are not yet all here; twice as long before each more.</summary>
    private const long SecondLookNs = 20_000_000;

    /// <summary>Bytes that looks may copy whatever came: one that types some hundred is told with the byte that decides.</summary>
    private const int FreeBytes = 64 * 1024;

    /// <summary>Copies of each byte that came, beside those that timers make: a hello or a line of 16 KiB comes in a dozen packets.</summary>
    private const int Copies = 16;

    private readonly long _silenceNs;
    private readonly long _restNs;
    private readonly int _most;
    private long _restDeadline = Never;
    private long _lookNs = SecondLookNs;
    private long _copied;

    /// <summary>Bytes that are here at least.</summary>
    private int _arrived;
    private int _room;
    private bool _over;

    /// <param name="transport">Nobody has read from it.</param>
    /// <param name="silenceNs">For the first byte.</param>
    /// <param name="restNs">From it, for what must follow.</param>
    /// <param name="usual">Bytes that say enough as a rule; looked for first.</param>
    /// <param name="most">Bytes that always do.</param>
    protected FirstLook(Transport transport, long silenceNs, long restNs, int usual, int most)
    {
        Transport = transport;
        _silenceNs = silenceNs;
        _restNs = restNs;
        _room = usual;
        _most = most;
    }

    /// <summary>Whose first bytes are waited for.</summary>
    public Transport Transport { get; }

    public EventLoop Loop => Transport.Loop;

    /// <summary>Begins to wait; the verdict can be told within the call.</summary>
    public void Start()
    {
        Transport.Observer = this;
        Set(Loop, In(_silenceNs));
        Look();
    }

    public void Drain() => Finish(LookEnd.Gone);

    public void Abort() => Finish(LookEnd.Gone);

    void ITransportObserver.OnReadable()
    {
        // At least one byte more is here, or the end.
        _arrived++;
        if (_copied <= FreeBytes + (long)Copies * _arrived || Transport.PeerEnded) Look();
    }

    void ITransportObserver.OnWritable()
    {
    }

    void ITransportObserver.OnBroken() => Finish(LookEnd.Gone);

    protected internal override void OnDeadline()
    {
        if (_restDeadline == Never)
        {
            Finish(LookEnd.Silent);
            return;
        }

        bool isLast = EventLoop.NowNs >= _restDeadline;
        _lookNs *= 2;
        Look();
        if (isLast) Finish(LookEnd.Late);
    }

    /// <summary>Whether these, the first of all, say enough; then the same of all longer ones. True: it is over.</summary>
    protected abstract bool TryJudge(ReadOnlySpan<byte> first);

    /// <summary>It is over. The transport has no observer, and is closed only when it is <see cref="LookEnd.Gone"/>.</summary>
    protected abstract void Tell(LookEnd end);

    private void Look()
    {
        if (_over) return;
        byte[] room = BufferPool.Rent(_room);
        int count = Transport.Peek(room.AsSpan(0, _room));
        if (count > 0) (_arrived, _copied) = (count, _copied + count);
        bool known = count > 0 && TryJudge(room.AsSpan(0, count));
        BufferPool.Return(room);
        if (known) Finish(LookEnd.Known);
        else if (count == _room && _room < _most) LookFurther();
        else if (count > 0 && Transport.PeerEnded) Finish(LookEnd.Cut);
        else if (count > 0) WaitForRest();
        else if (count != Transport.WouldBlock) Finish(LookEnd.Gone);
    }

    private void LookFurther()
    {
        _room = Math.Min(_most, _room * 4);
        Look();
    }

    /// <summary>A transport whose bytes were not taken may not tell of those that follow: they are looked for.</summary>
    private void WaitForRest()
    {
        if (_restDeadline == Never) _restDeadline = In(_restNs);
        Set(Loop, Math.Min(_restDeadline, In(_lookNs)));
    }

    private void Finish(LookEnd end)
    {
        if (_over) return;
        _over = true;
        Remove(Loop);
        Transport.Observer = null;
        if (end == LookEnd.Gone && !Transport.IsClosed) Transport.Close();
        Tell(end);
    }
}
