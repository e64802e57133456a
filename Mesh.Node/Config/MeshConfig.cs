using System.Collections.Immutable;
using Mesh.Actors.Journals;
using Mesh.Node.Config.Yaml;
using Mesh.Wire.Loops;

namespace Mesh.Node.Config;

/// <summary>All that one node is told: a file that was checked, as typed values.</summary>
/// <param name="Admin">The node's own endpoints.</param>
/// <param name="Loops">Event loops of the data plane, 1..64.</param>
/// <param name="Transport">The sockets under the loops.</param>
/// <param name="Namers">In the order written; lookups ask the last one first.</param>
/// <param name="Routers">At least one; labels are unique.</param>
internal sealed record MeshConfig(
    AdminConfig Admin,
    int Loops,
    TransportKind Transport,
    ImmutableArray<NamerConfig> Namers,
    ImmutableArray<RouterConfig> Routers)
{
    /// <summary>Most event loops: more than the cores of one machine only cost switches.</summary>
    public const int MaxLoops = 64;

    /// <summary>What all connections may hold of bodies that wait; null: <see cref="Mesh.Wire.Buffers.BufferBudget.DefaultLimit"/>.</summary>
    public long? BufferBudgetBytes { get; init; }

    /// <summary>Null: a node for itself.</summary>
    public ClusterConfig? Cluster { get; init; }

    /// <summary>
    /// Null: none where there is no cluster; else <see cref="JournalKind.Quorum"/> among several nodes, <see cref="JournalKind.Sqlite"/> on one.
    /// </summary>
    public JournalConfig? Journal { get; init; }

    /// <summary>Instances that this node registers; none without a <see cref="Cluster"/>.</summary>
    public ImmutableArray<HostedServiceConfig> Services { get; init; } = [];

    /// <summary>As written; null where it is not.</summary>
    public InboundConfig? Inbound { get; init; }

    /// <summary>The inbound side that this node opens; null: none.</summary>
    public InboundConfig? InboundSide => Inbound ?? (Services.IsEmpty || Cluster is null ? null : InboundConfig.Default);

    /// <summary>The tree that the values were read from, assignments made: what <see cref="ConfigJson"/> shows. Null where no file was.</summary>
    public YamlNode? Source { get; init; }
}
