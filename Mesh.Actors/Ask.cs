using Mesh.Actors.Cells;

namespace Mesh.Actors;

/// <summary>A question with an answer as a task, for code outside of actors (inside, prefer Tell or <see cref="PipeTo{T}"/>).</summary>
public static class AskExtensions
{
    /// <summary>Tells with a one-shot ref as the sender and waits for what is told to it.</summary>
    /// <param name="receiver">Who is asked.</param>
    /// <param name="message">The question.</param>
    /// <param name="timeout">Over zero. There is no default: whoever asks knows how long the answer matters.</param>
    /// <param name="cancellation">Gives up earlier.</param>
    /// <exception cref="AskTimeoutException">No answer in time (in the task, as all of these).</exception>
    /// <exception cref="InvalidCastException">The answer is no T.</exception>
    /// <remarks>An answer of <see cref="Status.Failure"/> throws its cause. An answer after the end is a dead letter.</remarks>
    public static Task<T> Ask<T>(this IActorRef receiver, object message, TimeSpan timeout, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        if (cancellation.IsCancellationRequested) return Task.FromCanceled<T>(cancellation);
        if (receiver is not IInternalActorRef known) throw new ArgumentException($"{receiver.Path} is no ref of an actor system", nameof(receiver));
        var promise = new PromiseRef<T>(known, message.GetType().Name, timeout, cancellation);
        receiver.Tell(message, promise);
        return promise.Task;
    }

    /// <summary>
    /// Tells the task's result to an actor, or <see cref="Status.Failure"/> when the task fails: awaiting without holding up the mailbox.
    /// </summary>
    public static Task PipeTo<T>(this Task<T> task, IActorRef recipient, IActorRef? sender = null)
    {
        IActorRef? from = sender ?? ActorCell.Current?.Self;
        return task.ContinueWith(
            done =>
            {
                if (done.IsCompletedSuccessfully) recipient.Tell((object?)done.Result ?? new Status.Success(), from);
                else recipient.Tell(new Status.Failure(done.Exception?.InnerException ?? new TaskCanceledException(done)), from);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}
