namespace Mesh.Actors;

/// <summary>An actor that lists its handlers in the constructor; the first that fits a message, in that order, takes it.</summary>
public abstract class ReceiveActor : ActorBase
{
    private readonly List<Func<object, bool>> _initial = [];
    private List<Func<object, bool>>? _configuring;

    protected ReceiveActor() => _configuring = _initial;

    /// <summary>Takes every T.</summary>
    protected void Receive<T>(Action<T> handler) => Add(message =>
    {
        if (message is not T typed) return false;
        handler(typed);
        return true;
    });

    /// <summary>Takes those T that satisfy the predicate.</summary>
    protected void Receive<T>(Predicate<T> shouldHandle, Action<T> handler) => Add(message =>
    {
        if (message is not T typed || !shouldHandle(typed)) return false;
        handler(typed);
        return true;
    });

    /// <summary>
    /// Takes every T with an awaiting handler. No other message gets in until the task is done; what follows an await runs in the actor's turn,
    /// with Sender as before. A stop or restart waits for it: pass on <see cref="IActorContext.Stopping"/>.
    /// </summary>
    protected void ReceiveAsync<T>(Func<T, Task> handler) => Add(message =>
    {
        if (message is not T typed) return false;
        Cell.Async.Run(handler, typed);
        return true;
    });

    /// <summary>Takes those T that satisfy the predicate, awaiting.</summary>
    protected void ReceiveAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) => Add(message =>
    {
        if (message is not T typed || !shouldHandle(typed)) return false;
        Cell.Async.Run(handler, typed);
        return true;
    });

    /// <summary>Takes whatever is left.</summary>
    protected void ReceiveAny(Action<object> handler) => Add(message =>
    {
        handler(message);
        return true;
    });

    /// <summary>Replaces the handlers by those that <paramref name="configure"/> lists.</summary>
    protected void Become(Action configure) => Become(Configure(configure));

    /// <summary>Puts new handlers on top; <see cref="ActorBase.UnbecomeStacked"/> takes them away.</summary>
    protected void BecomeStacked(Action configure) => BecomeStacked(Configure(configure));

    protected sealed override bool Receive(object message) => Offer(_initial, message);

    internal override void OnConstructed() => _configuring = null;

    private Func<object, bool> Configure(Action configure)
    {
        List<Func<object, bool>>? outer = _configuring;
        List<Func<object, bool>> handlers = [];
        _configuring = handlers;
        try
        {
            configure();
        }
        finally
        {
            _configuring = outer;
        }

        return message => Offer(handlers, message);
    }

    private void Add(Func<object, bool> handler)
    {
        if (_configuring is null) throw new InvalidOperationException("handlers are listed in the constructor or in Become, not while running");
        _configuring.Add(handler);
    }

    private static bool Offer(List<Func<object, bool>> handlers, object message)
    {
        foreach (Func<object, bool> handler in handlers)
        {
            if (handler(message)) return true;
        }

        return false;
    }
}
