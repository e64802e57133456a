namespace Mesh.Discovery.Names;

/// <summary>The settable <see cref="ILive{T}"/>. Setting an equal value changes nothing and tells nobody.</summary>
/// <remarks>
/// Any thread may read and subscribe. Concurrent <see cref="Set"/> calls are safe, and the last to be applied stays. Subscribers form a chain, so
/// that one comes and goes at the same cost however many there are: all names of a router may lead to one destination.
/// </remarks>
public sealed class LiveValue<T>(T initial) : ILive<T>
    where T : class
{
    private readonly Lock _gate = new();
    private T _current = initial;
    private Subscription? _first;
    private Subscription? _last;
    private int _count;

    public T Current => Volatile.Read(ref _current);

    /// <summary>Whether somebody still listens: an owner of shared values may drop those that nobody hears.</summary>
    public bool HasSubscribers => Volatile.Read(ref _first) is not null;

    /// <summary>Makes <paramref name="value"/> current and then calls the subscribers on this thread. False when it was equal already.</summary>
    public bool Set(T value)
    {
        if (Interlocked.Exchange(ref _current, value).Equals(value)) return false;
        foreach (Action changed in Listening()) changed();
        return true;
    }

    public IDisposable OnChange(Action changed)
    {
        var subscription = new Subscription(this, changed);
        lock (_gate)
        {
            subscription.Previous = _last;
            if (_last is null) Volatile.Write(ref _first, subscription);
            else _last.Next = subscription;
            _last = subscription;
            _count++;
        }
        return subscription;
    }

    /// <summary>Copied, so that nobody is called under the lock.</summary>
    private Action[] Listening()
    {
        lock (_gate)
        {
            var listening = new Action[_count];
            int i = 0;
            for (Subscription? one = _first; one is not null; one = one.Next) listening[i++] = one.Changed;
            return listening;
        }
    }

    private void Remove(Subscription subscription)
    {
        lock (_gate)
        {
            if (subscription.IsGone) return;
            subscription.IsGone = true;
            if (subscription.Previous is { } previous) previous.Next = subscription.Next;
            else Volatile.Write(ref _first, subscription.Next);
            if (subscription.Next is { } next) next.Previous = subscription.Previous;
            else _last = subscription.Previous;
            _count--;
        }
    }

    private sealed class Subscription(LiveValue<T> owner, Action changed) : IDisposable
    {
        public Action Changed => changed;

        public Subscription? Previous { get; set; }

        public Subscription? Next { get; set; }

        public bool IsGone { get; set; }

        public void Dispose() => owner.Remove(this);
    }
}
