using System.Runtime.InteropServices;

namespace Mesh.Actors.Dispatch;

/// <summary>What became of an offered message.</summary>
internal enum Offer
{
    /// <summary>It waits.</summary>
    Taken,

    /// <summary>It waits, and the consumer sleeps: who offered it wakes the consumer.</summary>
    TakenByASleeper,

    /// <summary>It waits, and an older one had to go (the out argument).</summary>
    TakenForOldest,

    /// <summary>It was lost.</summary>
    Full,

    /// <summary>The actor is dead.</summary>
    Closed,
}

/// <summary>The bounded queue of user messages: a ring under a short lock, many producers, one consumer.</summary>
/// <remarks>
/// Hot path: no allocation once the ring has grown. A lock rather than a lock-free ring because dropping the oldest, closing, the bound and
/// the consumer's sleep are then each one obvious act; nothing is called while it is held. The consumer takes it once for up to 32 messages:
/// under it, it is given a window of the ring, which it then empties alone; the places count as free one by one, and are given back with the
/// next window. Where the oldest may be dropped there is no window, since what lies in one cannot be. The ring starts at 8 places, doubles,
/// and halves again after 64 times of running empty with less than a quarter used, so that one burst does not cost an idle actor memory for ever.
/// </remarks>
internal sealed class UserLane(MailboxOptions options)
{
    private const int SmallestRing = 8;
    private const int CalmTimesBeforeShrinking = 64;
    private const int MostInWindow = 32;

    private readonly int _capacity = options.Capacity;
    private readonly bool _dropsOldest = options.Overflow == OverflowPolicy.DropOldest;
    private ShortLock _lock;
    private Envelope[] _ring = [];
    private int _head;
    private int _count;
    private int _exempt;
    private int _peak;
    private int _calm;
    private bool _asleep = true;
    private bool _closed;
    private Window _window = new();

    /// <summary>Messages waiting now. Any thread; a moment's guess while the consumer is at work.</summary>
    public int Count => Math.Max(0, Volatile.Read(ref _count) - Volatile.Read(ref _window.Taken));

    /// <summary>Puts a message at the end, or says why not.</summary>
    public Offer Offer(in Envelope envelope, out Envelope displaced)
    {
        displaced = default;
        _lock.Enter();
        try
        {
            if (_closed) return Dispatch.Offer.Closed;

            // What the consumer has taken of its window is looked at only where it matters: that line of memory is the consumer's.
            if (_count - _exempt >= _capacity && !envelope.Exempt && Ordinary >= _capacity)
            {
                if (!_dropsOldest) return Dispatch.Offer.Full;
                displaced = RemoveOldestOrdinary();
                Append(envelope);
                return Dispatch.Offer.TakenForOldest;
            }

            Append(envelope);
            if (!_asleep) return Dispatch.Offer.Taken;
            _asleep = false;
            return Dispatch.Offer.TakenByASleeper;
        }
        finally
        {
            _lock.Exit();
        }
    }

    private int Ordinary => _count - _exempt - (Volatile.Read(ref _window.Taken) - Volatile.Read(ref _window.TakenExempt));

    /// <summary>Takes the message that waited longest. Only the consumer.</summary>
    public bool TryTake(out Envelope envelope)
    {
        if (_dropsOldest) return TryTakeOne(out envelope);
        ref Window window = ref _window;
        if (window.Left == 0 && !Refill())
        {
            envelope = default;
            return false;
        }

        ref Envelope place = ref window.Ring[window.At];
        envelope = place;
        place = default;
        window.At = (window.At + 1) & (window.Ring.Length - 1);
        window.Left--;

        // In this order a producer sees one message too many rather than one too few.
        if (envelope.Exempt) Volatile.Write(ref window.TakenExempt, window.TakenExempt + 1);
        Volatile.Write(ref window.Taken, window.Taken + 1);
        return true;
    }

    /// <summary>
    /// From now on the next message's <see cref="Offer"/> tells its producer to wake the consumer; false when messages wait already. Any thread.
    /// </summary>
    public bool TrySleep()
    {
        _lock.Enter();
        bool empty = _asleep = _count == Volatile.Read(ref _window.Taken);
        _lock.Exit();
        return empty;
    }

    /// <summary>Refuses what comes from now on; what waited can still be taken.</summary>
    public void Close()
    {
        _lock.Enter();
        _closed = true;
        _lock.Exit();
    }

    private bool TryTakeOne(out Envelope envelope)
    {
        _lock.Enter();
        try
        {
            if (_count == 0)
            {
                envelope = default;
                return false;
            }

            envelope = _ring[_head];
            _ring[_head] = default;
            _head = (_head + 1) & (_ring.Length - 1);
            _count--;
            if (envelope.Exempt) _exempt--;
            if (_count == 0) ShrinkWhenCalm();
            return true;
        }
        finally
        {
            _lock.Exit();
        }
    }

    private bool Refill()
    {
        // Nothing new, and a ring that need not shrink: the lock would only tell the same.
        ref Window window = ref _window;
        if (Volatile.Read(ref _count) == window.Taken && window.Ring.Length <= SmallestRing) return false;
        _lock.Enter();
        try
        {
            bool emptied = GiveBack();
            if (_count == 0)
            {
                if (emptied) ShrinkWhenCalm();
                return false;
            }

            window.Ring = _ring;
            window.At = _head;
            window.Left = Math.Min(_count, MostInWindow);
            return true;
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>What was taken out of the window leaves the ring; true when something was.</summary>
    private bool GiveBack()
    {
        int taken = _window.Taken;
        if (taken == 0) return false;
        int mask = _ring.Length - 1;

        // A ring that grew meanwhile has copies.
        for (int i = 0; i < taken && !ReferenceEquals(_window.Ring, _ring); i++) _ring[(_head + i) & mask] = default;
        _head = (_head + taken) & mask;
        _count -= taken;
        _exempt -= _window.TakenExempt;
        Volatile.Write(ref _window.Taken, 0);
        _window.TakenExempt = 0;
        return true;
    }

    private void Append(in Envelope envelope)
    {
        if (_count == _ring.Length) Resize(Math.Max(SmallestRing, _ring.Length * 2));
        Envelope.Move(envelope, ref _ring[(_head + _count) & (_ring.Length - 1)]);
        _count++;
        if (envelope.Exempt) _exempt++;
        if (_count > _peak) _peak = _count;
    }

    // Exempt messages at the front are stepped over and moved one place back; there are seldom any.
    private Envelope RemoveOldestOrdinary()
    {
        int mask = _ring.Length - 1;
        int place = _head;
        while (_ring[place].Exempt) place = (place + 1) & mask;
        Envelope oldest = _ring[place];
        while (place != _head)
        {
            int before = (place - 1) & mask;
            _ring[place] = _ring[before];
            place = before;
        }

        _ring[_head] = default;
        _head = (_head + 1) & mask;
        _count--;
        return oldest;
    }

    private void ShrinkWhenCalm()
    {
        _calm = _ring.Length > SmallestRing && _peak * 4 < _ring.Length ? _calm + 1 : 0;
        _peak = 0;
        if (_calm < CalmTimesBeforeShrinking) return;
        _calm = 0;
        Resize(_ring.Length / 2);
    }

    private void Resize(int length)
    {
        var ring = new Envelope[length];
        for (int i = 0; i < _count; i++) ring[i] = _ring[(_head + i) & (_ring.Length - 1)];
        _ring = ring;
        _head = 0;
    }

    /// <summary>The consumer's side: written by it alone, on lines of memory of its own; producers read what it has taken under the lock.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 2 * CacheLine)]
    private struct Window()
    {
        private const int CacheLine = 64;

        [FieldOffset(CacheLine)] public Envelope[] Ring = [];
        [FieldOffset(CacheLine + 8)] public int At;
        [FieldOffset(CacheLine + 12)] public int Left;
        [FieldOffset(CacheLine + 16)] public int Taken;
        [FieldOffset(CacheLine + 20)] public int TakenExempt;
    }
}
