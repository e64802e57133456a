namespace Mesh.Bench;

/// <summary>HTTP/1.1 keep-alive, bodies of 100 bytes.</summary>
internal static class Http1Benchmark
{
    public static Task<int> RunAsync(Options options) => new SideBySide(new SideBySide.Subject(
        "http1",
        "HTTP/1.1 side by side",
        "mesh,haproxy,nginx",
        static cores => Proxy.StartBackendAsync(cores),
        static (name, backend, cores) => Proxy.StartAsync(name, backend, cores),
        static (port, connections, seconds) => Wrk.Command(port, connections, seconds),
        Wrk.ReadLoad)).RunAsync(options);
}
