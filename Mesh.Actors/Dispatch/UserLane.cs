namespace Mesh.Actors.Dispatch;

/// <summary>What became of an offered message.</summary>
internal enum Offer
{
    /// <summary>It waits.</summary>
    Taken,

    /// <summary>It waits, and an older one had to go (the out argument).</summary>
    TakenForOldest,

    /// <summary>It was lost.</summary>
    Full,

    /// <summary>The actor is dead.</summary>
    Closed,
}

/// <summary>The bounded queue of user messages: a ring under a short lock, many producers, one consumer.</summary>
/// <remarks>
/// Hot path: no allocation once the ring has grown. A lock rather than a lock-free ring because dropping the oldest, closing and the bound
/// are then each one obvious act; nothing is called while it is held. The ring starts at 8 places, doubles, and halves again after 64
/// times of running empty with less than a quarter used, so that one burst does not cost an idle actor memory for ever.
/// </remarks>
internal sealed class UserLane(MailboxOptions options)
{
    private const int SmallestRing = 8;
    private const int CalmTimesBeforeShrinking = 64;

    private readonly Lock _lock = new();
    private Envelope[] _ring = [];
    private int _head;
    private int _count;
    private int _exempt;
    private int _peak;
    private int _calm;
    private bool _closed;

    /// <summary>Messages waiting now. Any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Puts a message at the end, or says why not.</summary>
    public Offer Offer(in Envelope envelope, out Envelope displaced)
    {
        displaced = default;
        lock (_lock)
        {
            if (_closed) return Dispatch.Offer.Closed;
            bool full = !envelope.Exempt && _count - _exempt >= options.Capacity;
            if (full && options.Overflow != OverflowPolicy.DropOldest) return Dispatch.Offer.Full;
            if (full) displaced = RemoveOldestOrdinary();
            Append(envelope);
            return full ? Dispatch.Offer.TakenForOldest : Dispatch.Offer.Taken;
        }
    }

    /// <summary>Takes the message that waited longest.</summary>
    public bool TryTake(out Envelope envelope)
    {
        lock (_lock)
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
    }

    /// <summary>Refuses what comes from now on; what waited can still be taken.</summary>
    public void Close()
    {
        lock (_lock) _closed = true;
    }

    private void Append(in Envelope envelope)
    {
        if (_count == _ring.Length) Resize(Math.Max(SmallestRing, _ring.Length * 2));
        _ring[(_head + _count) & (_ring.Length - 1)] = envelope;
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
}
