using Mesh.Actors.Control;

namespace Mesh.Discovery.Services;

/// <summary>Asks the control loop from any thread.</summary>
internal static class LoopQuestions
{
    public static Task<T> Ask<T>(this ControlLoop loop, Func<T> act)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() =>
        {
            try
            {
                done.TrySetResult(act());
            }
            catch (Exception bug)
            {
                done.TrySetException(bug);
            }
        });
        return done.Task;
    }
}
