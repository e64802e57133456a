using Mesh.Actors;
using Mesh.Actors.Clustering;
using Mesh.Actors.Shutdown;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Hosting;

/// <summary>One membership of this node: an actor system of its own, and its cluster under one uid.</summary>
internal sealed class ClusterLife
{
    private readonly MetricScope _metrics;
    private readonly TimeProvider _time;
    private readonly long _began;

    private ClusterLife(Cluster cluster, MetricScope metrics, TimeProvider time) =>
        (Cluster, _metrics, _time, _began) = (cluster, metrics, time, time.GetTimestamp());

    public Cluster Cluster { get; }

    /// <summary>Since its start.</summary>
    public TimeSpan Age => _time.GetElapsedTime(_began);

    /// <exception cref="IOException">It cannot start; the message says what and what to do.</exception>
    public static async Task<ClusterLife> StartAsync(string name, ClusterOptions options, MetricRegistry registry)
    {
        ActorSystem actors = ActorSystem.Create(name, new ActorSystemOptions { Time = options.Time, LogSink = options.Log });
        MetricScope metrics = registry.OpenScope();
        try
        {
            Cluster cluster = await ClusterParts.StartAsync(actors, options with { Metrics = metrics }).ConfigureAwait(false);
            return new ClusterLife(cluster, metrics, options.Time);
        }
        catch
        {
            metrics.Dispose();
            await actors.Terminate().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>In order: shards are handed over and the node leaves, where it still is a member; then all of it stops.</summary>
    public async Task EndAsync(ShutdownReason reason)
    {
        await Cluster.System.CoordinatedShutdown.Run(reason).ConfigureAwait(false);
        _metrics.Dispose();
    }
}
