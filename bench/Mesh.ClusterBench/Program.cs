using Mesh.ClusterBench;

switch (args)
{
    case ["node", ..]:
        return await ClusterNode.RunAsync(NodeOptions.Parse(args[1..]));
    case ["cluster", ..]:
        return await ClusterBenchmark.RunAsync(BenchmarkOptions.Parse(args[1..]));
    default:
        await Console.Error.WriteLineAsync("""
            usage: dotnet run -c Release --project bench/Mesh.ClusterBench -- WHAT

            cluster [--nodes 3] [--journal quorum] [--kills 10] [--idle 60] [--writes 15] [--pause 30] [--out bench/results]
              failover of shards and detection over so many kills; an idle node's CPU and memory over so many seconds; writes a second;
              a shard's owner stopped for so many seconds under writes
            node --port 7001 --seeds 7001,7002,7003 --expect 3 --directory PATH [--journal quorum|sqlite|postgresql|memory] [--connection ..]
              one node with counters; it says where it takes commands
            """);
        return 2;
}
