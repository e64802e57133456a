namespace Mesh.Bench.Resilience;

internal static class RetryStorm
{
    public static Task RunAsync(Stage stage) => Task.CompletedTask;
}
