using Mesh.Actors.Control;

namespace Mesh.Actors.Membership.Joining;

/// <summary>Brings the outcome of a task back to the control loop.</summary>
internal static class LoopTasks
{
    /// <summary>Calls back on the loop, never before this returned.</summary>
    public static void Then<T>(this ValueTask<T> task, ControlLoop loop, Action<T> done, Action<Exception> failed) =>
        task.AsTask().ContinueWith(
            ended => loop.Post(() =>
            {
                if (ended.IsCompletedSuccessfully) done(ended.Result);
                else failed(ended.Exception?.GetBaseException() ?? new OperationCanceledException());
            }),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <inheritdoc cref="Then{T}"/>
    public static void Then(this ValueTask task, ControlLoop loop, Action done, Action<Exception> failed) =>
        task.AsTask().ContinueWith(
            ended => loop.Post(() =>
            {
                if (ended.IsCompletedSuccessfully) done();
                else failed(ended.Exception?.GetBaseException() ?? new OperationCanceledException());
            }),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
