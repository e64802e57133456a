using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Wire.Metrics;

namespace Mesh.Actors.Journals.Quorum;

/// <summary>The member's series, read off it when somebody scrapes: single numbers, a little old at worst.</summary>
internal static class QuorumMetrics
{
    private static double ApplyLag(RaftCore core) => Math.Max(0, core.Log.LastIndex - core.AppliedIndex);

    public static void Register(MetricScope scope, QuorumNode node)
    {
        Gauge(QuorumMetricNames.Term, "term of the group, as this member knows it", core => core.Term);
        Gauge(QuorumMetricNames.Leads, "1 while this member leads", core => core.Role == RaftRole.Leader ? 1 : 0);
        Gauge(QuorumMetricNames.Voters, "voters of the group", core => core.Group.Voters.Length);
        Gauge(QuorumMetricNames.ApplyLag, "entries of the log that are not in this member's state yet", ApplyLag);
        Gauge(QuorumMetricNames.LogEntries, "entries kept in the log", core => core.Log.Count);
        scope.ObservedCounter(
            QuorumMetricNames.Elections, "elections that this member began", LabelSet.Empty, () => node.Driver.Core?.Elections ?? 0);
        Snapshots("sent", () => node.SnapshotsSent);
        Snapshots("taken", () => node.SnapshotsTaken);
        Requests("done", QuorumOutcome.Done);
        Requests("not_leader", QuorumOutcome.NotLeader);
        Requests("busy", QuorumOutcome.Busy);
        Requests("unknown", QuorumOutcome.Unknown);
        Requests("failed", QuorumOutcome.Failed);

        void Gauge(string name, string help, Func<RaftCore, double> read) =>
            scope.Gauge(name, help, LabelSet.Empty, () => node.Driver.Core is { } core ? read(core) : 0);

        void Snapshots(string direction, Func<double> read) => scope.ObservedCounter(
            QuorumMetricNames.Snapshots, "snapshots of the journal between members", LabelSet.Of(("direction", direction)), read);

        void Requests(string outcome, QuorumOutcome value) => scope.ObservedCounter(
            QuorumMetricNames.Requests, "requests that this member answered", LabelSet.Of(("outcome", outcome)), () => node.Server.Counts.Of(value));
    }
}
