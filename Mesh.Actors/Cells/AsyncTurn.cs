namespace Mesh.Actors.Cells;

/// <summary>
/// The awaiting handler of an actor. While its task runs the user lane is paused, and of the system lane only continuations get through: a
/// restart or stop that came between two awaits would pull the instance away under the handler, so it waits its turn.
/// </summary>
/// <remarks>Continuations are system messages, so they run in the actor's turn, before user messages, also under a manual dispatcher.</remarks>
internal sealed class AsyncTurn(ActorCell cell) : SynchronizationContext
{
    private readonly List<SystemMessage> _held = [];
    private Task? _task;

    public bool Waiting => _task is not null;

    /// <summary>Calls the handler; if it does not finish at once, the actor waits for it.</summary>
    public void Run<T>(Func<T, Task> handler, T message)
    {
        SynchronizationContext? outer = Current;
        SetSynchronizationContext(this);
        Task task;
        try
        {
            task = handler(message);
        }
        finally
        {
            SetSynchronizationContext(outer);
        }

        if (task.IsCompleted)
        {
            task.GetAwaiter().GetResult();
            return;
        }

        _task = task;
        cell.Mailbox.Pause();

        // Not an awaiter: it would refuse to run inside this context and hop over the thread pool, where a manual dispatcher cannot see it.
        task.ContinueWith(
            static (_, self) => ((ActorCell)self!).Self.SendSystem(new AwaitDoneMessage()),
            cell, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Keeps a system message for after the await; false when it need not wait.</summary>
    public bool TryHold(SystemMessage message)
    {
        if (_task is null || message is ContinuationMessage or AwaitDoneMessage) return false;
        if (message is TerminateMessage) cell.CancelStopping();
        _held.Add(message);
        return true;
    }

    /// <summary>Ends the wait: reports the handler's failure, then does what was held.</summary>
    public void Complete()
    {
        Task task = _task!;
        _task = null;
        cell.Mailbox.Unpause();
        try
        {
            task.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (cell.IsStopAsked)
        {
            // The handler gave up because it was asked to: no failure.
        }
        catch (Exception e)
        {
            cell.Lifecycle.Fail(e, cell.CurrentMessageName);
        }

        cell.EndMessage();
        SystemMessage[] held = [.. _held];
        _held.Clear();
        foreach (SystemMessage message in held) cell.InvokeSystem(message);
    }

    public override void Post(SendOrPostCallback d, object? state) => cell.Self.SendSystem(new ContinuationMessage(d, state));

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("an actor's turn cannot be entered synchronously");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs what follows an await, with this context current so that the next await comes back here.</summary>
    public void Run(ContinuationMessage continuation)
    {
        SynchronizationContext? outer = Current;
        SetSynchronizationContext(this);
        try
        {
            continuation.Run();
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }
}
