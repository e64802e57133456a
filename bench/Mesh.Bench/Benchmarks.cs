using Mesh.Bench.Resilience;

namespace Mesh.Bench;

/// <summary>The sub-commands.</summary>
internal static class Benchmarks
{
    /// <summary>By name; the last nine are halves that other benchmarks start as processes of their own.</summary>
    public static IReadOnlyDictionary<string, Func<Options, Task<int>>> All { get; } = new Dictionary<string, Func<Options, Task<int>>>
    {
        ["http1"] = Http1Benchmark.RunAsync,
        ["http2"] = Http2Benchmark.RunAsync,
        ["tls"] = TlsBenchmark.RunAsync,
        ["twohops"] = TwoHopsBenchmark.RunAsync,
        ["tcp"] = TcpBenchmark.RunAsync,
        ["loops"] = LoopsBenchmark.RunAsync,
        ["allocation"] = AllocationBenchmark.RunAsync,
        ["idle"] = IdleBenchmark.RunAsync,
        ["bigbody"] = BigBodyBenchmark.RunAsync,
        ["fairness"] = FairnessBenchmark.RunAsync,
        ["startup"] = StartupBenchmark.RunAsync,
        ["names"] = NamesBenchmark.RunAsync,
        ["randomhosts"] = RandomHostsBenchmark.RunAsync,
        ["actors"] = ActorsBenchmark.RunAsync,
        ["resilience"] = ResilienceBenchmark.RunAsync,
        ["hold"] = IdleConnections.HoldAsync,
        ["origin"] = BulkTransfer.ServeAsync,
        ["download"] = BulkTransfer.DownloadAsync,
        ["send"] = OpenLoopSender.RunAsync,
        ["pods"] = PodServer.RunAsync,
        ["calls"] = OpenLoopClient.RunAsync,
        ["sink"] = RawBytes.SinkAsync,
        ["pour"] = RawBytes.PourAsync,
        ["splice"] = RawBytes.SpliceAsync,
    };

    /// <summary>One line each.</summary>
    public static IReadOnlyList<string> Usage { get; } =
    [
        "http1       CPU per request, requests/s, latency, memory, side by side    [--rounds 11] [--connections 64,256] [--seconds 4]",
        "http2       the same of HTTP/2 without TLS, 10 streams a connection           [--rounds 11] [--connections 64] [--seconds 4]",
        "tls         the same of HTTP/1.1 in TLS that the proxy ends                   [--rounds 11] [--connections 64] [--seconds 4]",
        "twohops     what two proxies in a row add, TLS between them               [--rounds 11] [--rate 1000] [--seconds 5]",
        "tcp         CPU per GB of connections whose bytes nobody reads                [--rounds 11] [--megabytes 4096] [--connections 1,8]",
        "loops       throughput of one loop and of two                             [--rounds 5] [--connections 64] [--seconds 4]",
        "allocation  bytes allocated per request with 64 in flight                 [--rounds 5] [--connections 64] [--seconds 4]",
        "idle        memory per idle client connection                             [--connections 10000] [--http2]",
        "bigbody     memory while a body passes up and another down, sha256        [--megabytes 1024]",
        "fairness    p99 of small requests, alone and while a big body passes      [--rounds 5] [--rate 1000] [--megabytes 10240]",
        "startup     from start to first proxied request; time of `mesh check`     [--rounds 11]",
        "names       many names, alone and while they are bound anew               [--names 10000] [--changes 50] [--by dtab,files] [--rounds 5]",
        "randomhosts memory and series under a client that invents Host values     [--minutes 1]",
        "actors      local actors beside bare channels: ping-pong, fan-in         [--rounds 11] [--bounces 300000] [--messages 1000000]",
        "resilience  slow, failing, dying, overloaded backends, and whole chains   [--only slowpod,retrystorm] [--rounds 3] [--quick]",
    ];
}
