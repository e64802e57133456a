using System.Collections.Immutable;

namespace Mesh.Discovery.Names;

/// <summary>The settable <see cref="ILive{T}"/>. Setting an equal value changes nothing and tells nobody.</summary>
/// <remarks>Any thread may read and subscribe. Concurrent <see cref="Set"/> calls are safe, and the last to be applied stays.</remarks>
public sealed class LiveValue<T>(T initial) : ILive<T>
    where T : class
{
    private T _current = initial;
    private ImmutableArray<Subscription> _subscriptions = [];

    public T Current => Volatile.Read(ref _current);

    /// <summary>Whether somebody still listens: an owner of shared values may drop those that nobody hears.</summary>
    public bool HasSubscribers => !_subscriptions.IsEmpty;

    /// <summary>Makes <paramref name="value"/> current and then calls the subscribers on this thread. False when it was equal already.</summary>
    public bool Set(T value)
    {
        if (Interlocked.Exchange(ref _current, value).Equals(value)) return false;
        foreach (Subscription subscription in _subscriptions) subscription.Changed();
        return true;
    }

    public IDisposable OnChange(Action changed)
    {
        var subscription = new Subscription(this, changed);
        ImmutableInterlocked.Update(ref _subscriptions, static (all, one) => all.Add(one), subscription);
        return subscription;
    }

    private sealed class Subscription(LiveValue<T> owner, Action changed) : IDisposable
    {
        public Action Changed => changed;

        public void Dispose() => ImmutableInterlocked.Update(ref owner._subscriptions, static (all, one) => all.Remove(one), this);
    }
}
