namespace Mesh.Bench.Resilience;

internal static class Overload
{
    public static Task RunAsync(Stage stage) => Task.CompletedTask;
}
