using System.Collections.Immutable;
using Mesh.Actors.Cells;

namespace Mesh.Actors.Events;

/// <summary>Broadcast inside one actor system: subscribers name a type and get everything that is one. A dead subscriber is forgotten.</summary>
/// <remarks>Any thread. Publishing reads one immutable list; subscribers get a Tell, so order per publisher holds.</remarks>
public sealed class EventStream
{
    /// <summary>Most subscriptions. Each publish looks at all of them.</summary>
    public const int MaxSubscriptions = 4096;

    private readonly SignalRef _obituaries;
    private ImmutableArray<Subscription> _subscriptions = [];

    internal EventStream(ActorSystem system, ActorPath path) => _obituaries = new SignalRef(system, path, OnSignal);

    /// <summary>True when this added something.</summary>
    /// <exception cref="InvalidOperationException">There are <see cref="MaxSubscriptions"/> already.</exception>
    public bool Subscribe(IActorRef subscriber, Type channel)
    {
        var wanted = new Subscription(subscriber, channel);
        bool added = ImmutableInterlocked.Update(ref _subscriptions, static (all, one) => all.Contains(one) ? all
            : all.Length < MaxSubscriptions ? all.Add(one)
            : throw new InvalidOperationException($"more than {MaxSubscriptions} event subscriptions"), wanted);

        // Watching comes after adding: if it is already dead the obituary arrives now and removes what was just added.
        if (added && subscriber is IInternalActorRef known) known.SendSystem(new WatchMessage(known, _obituaries));
        return added;
    }

    public bool Unsubscribe(IActorRef subscriber, Type channel) =>
        ImmutableInterlocked.Update(ref _subscriptions, static (all, one) => all.Remove(one), new Subscription(subscriber, channel));

    public bool Unsubscribe(IActorRef subscriber) =>
        ImmutableInterlocked.Update(ref _subscriptions, static (all, who) => all.RemoveAll(s => s.Subscriber.Equals(who)), subscriber);

    public void Publish(object @event)
    {
        foreach (Subscription subscription in _subscriptions)
        {
            if (subscription.Channel.IsInstanceOfType(@event)) subscription.Subscriber.Tell(@event, null);
        }
    }

    internal int Count => _subscriptions.Length;

    private void OnSignal(SystemMessage signal)
    {
        if (signal is DiedMessage died) Unsubscribe(died.Actor);
    }

    private readonly record struct Subscription(IActorRef Subscriber, Type Channel);
}
