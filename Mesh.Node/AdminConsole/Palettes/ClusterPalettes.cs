using Mesh.Actors.Clustering;

namespace Mesh.Node.AdminConsole.Palettes;

/// <summary>All palettes of a node that has a cluster.</summary>
internal static class ClusterPalettes
{
    /// <param name="cluster">Asked at each call; refuses while there is none yet.</param>
    public static IEnumerable<ConsoleCommand> Commands(Func<Cluster> cluster) =>
    [
        .. ClusterPalette.Commands(cluster),
        .. ShardingPalette.Commands(cluster),
        .. DdataPalette.Commands(cluster),
        .. JournalPalette.Commands(cluster),
    ];
}
