using Mesh.Actors;
using Mesh.Actors.Dispatch;

namespace Mesh.Tests.Routing.Destinations;

/// <summary>The end of actors whose turns the test takes.</summary>
internal static class ActorEnding
{
    public static async Task EndAsync(this ActorSystem actors, ManualDispatcher turns)
    {
        Task terminated = actors.Terminate();
        while (!terminated.IsCompleted)
        {
            if (turns.RunUntilIdle() == 0) await Task.Yield();
        }
    }
}
