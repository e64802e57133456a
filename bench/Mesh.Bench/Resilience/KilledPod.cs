namespace Mesh.Bench.Resilience;

internal static class KilledPod
{
    public static Task RunAsync(Stage stage) => Task.CompletedTask;
}
