using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Seeds;
using Mesh.Actors.Shutdown;
using Mesh.Actors.Tables;
using Mesh.Wire.Metrics;

namespace Mesh.Actors.Clustering;

/// <summary>What a cluster node is made with.</summary>
/// <param name="Facts">What it says of itself.</param>
/// <param name="Seeds">Where it looks for its cluster.</param>
/// <param name="Directory">For its files; exists, and belongs to this node alone.</param>
/// <param name="Settings">The knobs.</param>
public sealed record ClusterOptions(NodeFacts Facts, ISeedSource Seeds, string Directory, ClusterSettings Settings)
{
    /// <summary>The node's place in the order of chance; null: drawn.</summary>
    public ulong? Seed { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public MetricScope? Metrics { get; init; }

    /// <summary>
    /// Called on the control loop once everything is made and before anything starts: the place to open tables, which then are loaded and compared
    /// from the first moment, and to take what lives on the loop. Quick, must not throw.
    /// </summary>
    public Action<NodeServices, ReplicatedTables>? Composing { get; init; }

    /// <summary>What this process knew in its membership before this one; null: there was none.</summary>
    public TableCopies? Inherited { get; init; }

    /// <summary>
    /// Called once when this node leaves, or was downed, in place of the actor system's own coordinated shutdown: whoever owns more than this cluster
    /// ends the rest first. It must run that shutdown. Quick, on the control loop.
    /// </summary>
    public Action<ShutdownReason>? Ending { get; init; }

    /// <summary>Others hold all that this node's files hold: files that are damaged at the start are set aside and made anew.</summary>
    public bool OthersHaveAll { get; init; }

    /// <summary>What operators may want to read. Quick, any thread.</summary>
    public Action<LogEvent> Log { get; init; } = static _ => { };
}
