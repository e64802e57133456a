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
/// are then each one obvious act; nothing is called while it is held. The consumer takes it once for up to 32 messages: under it, it is
/// given a window of the ring, which it then empties alone; the places count as free one by one, and are given back with the next window.
/// Where the oldest may be dropped there is no window, since what lies in one cannot be. The ring starts at 8 places, doubles,
/// and halves again after 64 times of running empty with less than a quarter used, so that one burst does not cost an idle actor memory for ever.
/// </remarks>
internal sealed class UserLane(MailboxOptions options)
{
    private const int SmallestRing = 8;
    private const int CalmTimesBeforeShrinking = 64;
    private const int MostInWindow = 32;

    private readonly Lock _lock = new();
    private Envelope[] _ring = [];
    private int _head;
    private int _count;
    private int _exempt;
    private int _peak;
    private int _calm;
    private bool _closed;

    // The consumer's: written by it alone, read by producers under the lock.
    private Envelope[] _window = [];
    private int _at;
    private int _left;
    private int _taken;
    private int _takenExempt;

    /// <summary>Messages waiting now. Any thread; a moment's guess while the consumer is at work.</summary>
    public int Count => Math.Max(0, Volatile.Read(ref _count) - Volatile.Read(ref _taken));

    /// <summary>Puts a message at the end, or says why not.</summary>
    public Offer Offer(in Envelope envelope, out Envelope displaced)
    {
        displaced = default;
        lock (_lock)
        {
            if (_closed) return Dispatch.Offer.Closed;
            bool full = !envelope.Exempt && Ordinary >= options.Capacity;
            if (full && options.Overflow != OverflowPolicy.DropOldest) return Dispatch.Offer.Full;
            if (full) displaced = RemoveOldestOrdinary();
            Append(envelope);
            return full ? Dispatch.Offer.TakenForOldest : Dispatch.Offer.Taken;
        }
    }

    private int Ordinary => _count - _exempt - (Volatile.Read(ref _taken) - Volatile.Read(ref _takenExempt));

    /// <summary>Takes the message that waited longest. Only the consumer.</summary>
    public bool TryTake(out Envelope envelope)
    {
        if (options.Overflow == OverflowPolicy.DropOldest) return TryTakeOne(out envelope);
        if (_left == 0 && !Refill())
        {
            envelope = default;
            return false;
        }

        envelope = _window[_at];
        _window[_at] = default;
        _at = (_at + 1) & (_window.Length - 1);
        _left--;

        // In this order a producer sees one message too many rather than one too few.
        if (envelope.Exempt) Volatile.Write(ref _takenExempt, _takenExempt + 1);
        Volatile.Write(ref _taken, _taken + 1);
        return true;
    }

    /// <summary>Refuses what comes from now on; what waited can still be taken.</summary>
    public void Close()
    {
        lock (_lock) _closed = true;
    }

    private bool TryTakeOne(out Envelope envelope)
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

    private bool Refill()
    {
        // Nothing new, and a ring that need not shrink: the lock would only tell the same.
        if (Volatile.Read(ref _count) == _taken && _window.Length <= SmallestRing) return false;
        lock (_lock)
        {
            bool emptied = GiveBack();
            if (_count == 0)
            {
                if (emptied) ShrinkWhenCalm();
                return false;
            }

            _window = _ring;
            _at = _head;
            _left = Math.Min(_count, MostInWindow);
            return true;
        }
    }

    /// <summary>What was taken out of the window leaves the ring; true when something was.</summary>
    private bool GiveBack()
    {
        if (_taken == 0) return false;
        int mask = _ring.Length - 1;

        // A ring that grew meanwhile has copies.
        for (int i = 0; i < _taken && !ReferenceEquals(_window, _ring); i++) _ring[(_head + i) & mask] = default;
        _head = (_head + _taken) & mask;
        _count -= _taken;
        _exempt -= _takenExempt;
        Volatile.Write(ref _taken, 0);
        _takenExempt = 0;
        return true;
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
