using System.Globalization;
using Mesh.Actors.Downing;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Quorum;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Detection;
using Mesh.Actors.Persistence;
using Mesh.Actors.Remoting;
using Mesh.Actors.Sharding;
using Mesh.Actors.Tables;

namespace Mesh.Actors.Clustering;

/// <summary>All knobs of a node's cluster protocols.</summary>
public sealed record ClusterSettings
{
    public RemotingSettings Remoting { get; init; } = new();

    public MembershipSettings Membership { get; init; } = new();

    public DetectorSettings Detector { get; init; } = new();

    public DowningSettings Downing { get; init; } = new();

    public TableSettings Tables { get; init; } = new();

    public JournalSettings Journal { get; init; } = new();

    public QuorumSettings Quorum { get; init; } = new();

    public ShardingSettings Sharding { get; init; } = new();

    public PersistenceSettings Persistence { get; init; } = new();

    /// <summary>
    /// Of what must be equal on all nodes, or they would decide one thing in two ways: which side of a split lives, and where the journal is.
    /// </summary>
    public ulong Hash()
    {
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"downing {Downing.Strategy} {Downing.QuorumSize} {Downing.DownIfAlone} {Downing.StableAfter} {Downing.DownAllWhenUnstable}; "
            + $"journal {Journal.Kind}");
        var hash = new StableHash();
        hash.Add(text);
        return hash.Value;
    }
}
