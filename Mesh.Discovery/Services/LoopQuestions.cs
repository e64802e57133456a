using Mesh.Actors.Control;

namespace Mesh.Discovery.Services;

/// <summary>Asks the control loop from any thread.</summary>
internal static class LoopQuestions
{
    /// <param name="loop">Who is asked.</param>
    /// <param name="act">Gives the answer, on the loop.</param>
    /// <param name="defer">Asked first, on the loop; true: it calls what it was given later.</param>
    public static Task<T> Ask<T>(this ControlLoop loop, Func<T> act, Func<Action, bool>? defer = null)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() =>
        {
            if (defer?.Invoke(Answer) != true) Answer();
        });
        return done.Task;

        void Answer()
        {
            try
            {
                done.TrySetResult(act());
            }
            catch (Exception bug)
            {
                done.TrySetException(bug);
            }
        }
    }
}
