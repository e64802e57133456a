using Mesh.ClusterBench;
using Mesh.ClusterBench.Live;

switch (args)
{
    case ["node", ..]:
        return await ClusterNode.RunAsync(NodeOptions.Parse(args[1..]));
    case ["cluster", ..]:
        return await ClusterBenchmark.RunAsync(BenchmarkOptions.Parse(args[1..]));
    case ["hosts", ..]:
        return await InstanceHosts.RunAsync(LiveOptions.Parse(args[1..]));
    case ["routes" or "services" or "journal" or "restarts" or "wipe", ..]:
        return await LiveBenchmark.RunAsync(args[0], LiveOptions.Parse(args[1..]));
    default:
        await Console.Error.WriteLineAsync("""
            usage: dotnet run -c Release --project bench/Mesh.ClusterBench -- WHAT

            cluster [--nodes 3] [--journal quorum] [--kills 10] [--idle 60] [--writes 15] [--pause 30] [--out bench/results]
              failover of shards and detection over so many kills; an idle node's CPU and memory over so many seconds; writes a second;
              a shard's owner stopped for so many seconds under writes
            routes [--nodes 5] [--count 200]         how soon every node obeys a change of a route
            services [--count 10000] [--each 10]     a fleet's instances: memory, binding of new names, comparing all, traffic meanwhile
            journal [--seconds 60] [--rate 1000] [--stop CMD --start CMD --connection ..]
              the journal is away under load: two of three core nodes killed, or a PostgreSQL server by commands of yours
            restarts [--count 20] [--rate 2000]      rolling restarts of three nodes under load
            wipe [--count 6]                         nodes killed and their disks wiped while routes change
              these start the program mesh; each takes --out bench/results
            node --port 7001 --seeds 7001,7002,7003 --expect 3 --directory PATH [--journal quorum|sqlite|postgresql|memory] [--connection ..]
              one node with counters; it says where it takes commands
            """);
        return 2;
}
