using Mesh.Actors.Events;

namespace Mesh.Actors.Cells;

/// <summary>The sender of an Ask, whatever its answer's type.</summary>
internal interface IPromiseRef : IInternalActorRef
{
    /// <summary>Done when it takes no more answers.</summary>
    Task Ended { get; }
}

/// <summary>The sender of an Ask: takes one answer, then is dead. Ends by answer, timeout or cancellation, whichever is first.</summary>
internal sealed class PromiseRef<T> : IPromiseRef
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly CancellationTokenRegistration _cancellation;
    private readonly ITimer _timer;
    private List<IInternalActorRef>? _watchers = [];

    public PromiseRef(IInternalActorRef receiver, string question, TimeSpan timeout, CancellationToken cancellation)
    {
        System = receiver.System;
        Path = System.NextTempPath();
        _timer = System.Time.CreateTimer(
            _ => End(answer => answer.TrySetException(
                new AskTimeoutException($"{receiver.Path} did not answer {question} within {timeout.TotalMilliseconds:0} ms"))),
            null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _cancellation = cancellation.UnsafeRegister(_ => End(answer => answer.TrySetCanceled(cancellation)), null);
        _timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    public Task<T> Task => _answer.Task;

    Task IPromiseRef.Ended => _answer.Task;

    public ActorPath Path { get; }

    public ActorSystem System { get; }

    public void Tell(object message, IActorRef? sender)
    {
        bool first = message switch
        {
            T answer => End(task => task.TrySetResult(answer)),
            Status.Failure failure => End(task => task.TrySetException(failure.Cause)),
            _ => End(task => task.TrySetException(new InvalidCastException($"the answer is a {message.GetType().Name}, not a {typeof(T).Name}"))),
        };
        if (!first) System.DeadLetterOffice.Accept(new DeadLetter(message, sender, this, DeadLetterReason.AskOver));
    }

    public void SendSystem(SystemMessage message)
    {
        switch (message)
        {
            case WatchMessage watch:
                lock (_lock)
                {
                    if (_watchers is not null)
                    {
                        _watchers.Add(watch.Watcher);
                        return;
                    }
                }

                watch.Watcher.SendSystem(new DiedMessage(this));
                break;
            case UnwatchMessage unwatch:
                lock (_lock) _watchers?.Remove(unwatch.Watcher);
                break;
            case TerminateMessage:
                End(answer => answer.TrySetCanceled());
                break;
        }
    }

    private bool End(Func<TaskCompletionSource<T>, bool> complete)
    {
        if (!complete(_answer)) return false;
        _timer.Dispose();
        _cancellation.Unregister();
        List<IInternalActorRef>? watchers;
        lock (_lock) (watchers, _watchers) = (_watchers, null);
        foreach (IInternalActorRef watcher in watchers ?? []) watcher.SendSystem(new DiedMessage(this));
        return true;
    }
}
