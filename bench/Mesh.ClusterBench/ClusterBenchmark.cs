namespace Mesh.ClusterBench;

internal sealed record BenchmarkOptions
{
    public static BenchmarkOptions Parse(IReadOnlyList<string> _) => new();
}

internal static class ClusterBenchmark
{
    public static Task<int> RunAsync(BenchmarkOptions _) => Task.FromResult(0);
}
