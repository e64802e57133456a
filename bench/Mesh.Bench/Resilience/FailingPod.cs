namespace Mesh.Bench.Resilience;

internal static class FailingPod
{
    public static Task RunAsync(Stage stage) => Task.CompletedTask;
}
