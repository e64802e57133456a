using System.Reflection;
using Mesh.Actors.Downing;
using Mesh.Actors.Journals;
using Mesh.Actors.Tables;
using Mesh.Actors.Membership.Detection;
using Mesh.Actors.Sharding;
using Mesh.Actors.Remoting;
using Mesh.Actors.Journals.Quorum;
using Mesh.Node.Telemetry;
using Mesh.Node.Telemetry.AccessLogs;
using Mesh.Routing.Telemetry;
using Mesh.Tests.EndToEnd;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Node.Telemetry;

public class MetricsDocumentTests
{
    private sealed record Row(string Name, string Type, string Labels);

    /// <summary>Each room's one file of names; a new room adds its own here.</summary>
    private static readonly Type[] s_rooms =
        [
            typeof(WireMetricNames), typeof(RoutingMetricNames), typeof(NodeMetricNames), typeof(DataPlaneMetricNames), typeof(ReloadMetrics),
            typeof(AccessLogMetricNames), typeof(JournalMetricNames), typeof(TableMetricNames),
            typeof(AccessLogMetricNames), typeof(JournalMetricNames), typeof(DetectorMetricNames), typeof(DowningMetricNames),
            typeof(AccessLogMetricNames), typeof(JournalMetricNames), typeof(ShardingMetricNames),
            typeof(AccessLogMetricNames), typeof(JournalMetricNames), typeof(RemotingMetricNames),
            typeof(AccessLogMetricNames), typeof(JournalMetricNames), typeof(ShardingMetricNames),
            typeof(AccessLogMetricNames), typeof(JournalMetricNames), typeof(QuorumMetricNames),
        ];

    /// <summary>Families that a node has only once something went wrong, or somebody shows them.</summary>
    private static readonly HashSet<string> s_late =
    [
        RoutingMetricNames.ServerFaults, RoutingMetricNames.ServiceFaults, RoutingMetricNames.DestinationFaults,
        RoutingMetricNames.ServerPending, RoutingMetricNames.ServicePending,
        RoutingMetricNames.PairRequests, RoutingMetricNames.PairSuccess, RoutingMetricNames.PairFailures, RoutingMetricNames.PairDuration,
        DataPlaneMetricNames.Retries, DataPlaneMetricNames.RetryBudget, DataPlaneMetricNames.RetryBudgetExhausted, DataPlaneMetricNames.RetryLimits,
        DataPlaneMetricNames.BodiesNotKept, DataPlaneMetricNames.RequeueLimits, DataPlaneMetricNames.RequeueBudgetExhausted,
        DataPlaneMetricNames.Injected, DataPlaneMetricNames.HealthChecks,
        DataPlaneMetricNames.Hedges, DataPlaneMetricNames.HedgeWins,
        DataPlaneMetricNames.RateLimited, DataPlaneMetricNames.ConcurrencyAllowed, DataPlaneMetricNames.ConcurrencyInFlight,
        DataPlaneMetricNames.ConcurrencyQueued, DataPlaneMetricNames.ConcurrencyWaited, DataPlaneMetricNames.ConcurrencyRefused,
        JournalMetricNames.Appends, JournalMetricNames.Events, JournalMetricNames.Latency, JournalMetricNames.Commits, JournalMetricNames.Faults,
        TableMetricNames.Rows, TableMetricNames.Bytes, TableMetricNames.Pending, TableMetricNames.Learned, TableMetricNames.Repaired,
        TableMetricNames.Refused, TableMetricNames.Conflicts, TableMetricNames.Sent, TableMetricNames.SaveFailures,
        DetectorMetricNames.Watched, DetectorMetricNames.Health, DetectorMetricNames.Accusations, DetectorMetricNames.Refutations,
        DetectorMetricNames.Pauses, DowningMetricNames.Decisions,
        ShardingMetricNames.Shards, ShardingMetricNames.Entities, ShardingMetricNames.Waiting, ShardingMetricNames.Granted,
        ShardingMetricNames.Coordinator, ShardingMetricNames.Dropped, ShardingMetricNames.Sent,
        RemotingMetricNames.Sessions, RemotingMetricNames.SessionEnds, RemotingMetricNames.HandshakeFailures, RemotingMetricNames.ReceivedFrames,
        RemotingMetricNames.SentFrames, RemotingMetricNames.ReceivedBytes, RemotingMetricNames.SentBytes, RemotingMetricNames.Drops,
        RemotingMetricNames.HandlerFailures, RemotingMetricNames.Lateness,
        ShardingMetricNames.Shards, ShardingMetricNames.Entities, ShardingMetricNames.Waiting, ShardingMetricNames.Granted,
        ShardingMetricNames.Coordinator, ShardingMetricNames.Dropped, ShardingMetricNames.Sent,
        QuorumMetricNames.Term, QuorumMetricNames.Leads, QuorumMetricNames.Voters, QuorumMetricNames.ApplyLag, QuorumMetricNames.LogEntries,
        QuorumMetricNames.Elections, QuorumMetricNames.Requests, QuorumMetricNames.Snapshots,
    ];

    private static List<Row> Documented()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Mesh.sln"))) folder = folder.Parent;
        return
        [
            .. File.ReadLines(Path.Combine(folder!.FullName, "docs", "METRICS.md"))
                .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
                .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
                .Select(cells => new Row(cells[1].Trim('`'), cells[2], cells[3])),
        ];
    }

    [Fact]
    public void EveryNameInTheCodeIsDocumentedOnceAndNothingElseIs()
    {
        IEnumerable<string> inCode = s_rooms
            .SelectMany(room => room.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Select(field => (string)field.GetRawConstantValue()!);

        Assert.Equal(inCode.Order(StringComparer.Ordinal), Documented().Select(row => row.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task TypesAndLabelsAreDocumentedAsANodeRegistersThem()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        await node.GetAsync();
        await node.MetricIsAsync(1, RoutingMetricNames.ServerCodes);

        IEnumerable<Row> registered = node.Host.Registry.Families().Select(family => new Row(
            family.Name,
            family.Kind.ToString().ToLowerInvariant(),
            string.Join(", ", family.Series[0].Labels.Labels.Select(label => label.Name))));

        Assert.Equal(
            registered.Where(row => !s_late.Contains(row.Name)).OrderBy(row => row.Name, StringComparer.Ordinal),
            Documented().Where(row => !s_late.Contains(row.Name)).OrderBy(row => row.Name, StringComparer.Ordinal));
    }
}
