using System.Reflection;
using Mesh.Actors;
using Mesh.Discovery.Services;
using Mesh.Node.Hosting;
using Mesh.Node.Telemetry;
using Mesh.Routing.Routes;
using Mesh.Routing.Telemetry;
using Mesh.Tests.EndToEnd;
using Mesh.Tests.Tidy;
using Xunit;

namespace Mesh.Tests.Node.Telemetry;

public class MetricsDocumentTests
{
    private sealed record Row(string Name, string Type, string Labels);

    /// <summary>Every room's names: a constant in a type called <c>*MetricNames</c>, wherever it stands.</summary>
    private static IEnumerable<(Type Room, string Name)> NamesInCode() => MeshTypes.All
        .Where(type => type.Name.EndsWith("MetricNames", StringComparison.Ordinal))
        .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral)
            .Select(field => (type, (string)field.GetRawConstantValue()!)));

    /// <summary>Families that a node has only once something went wrong, somebody shows them, or it is one of a cluster.</summary>
    private static readonly HashSet<string> s_late =
    [
        .. NamesInCode()
            .Where(each => each.Room.Assembly == typeof(ActorSystem).Assembly
                || each.Room == typeof(ServicesMetricNames) || each.Room == typeof(RouteMetricNames)
                || each.Room == typeof(ClusterSeatMetricNames))
            .Select(each => each.Name),
        .. NamesInCode().Select(each => each.Name).Where(name => name.Contains("_stream_", StringComparison.Ordinal)),
        RoutingMetricNames.ServerFaults, RoutingMetricNames.ServiceFaults, RoutingMetricNames.DestinationFaults,
        RoutingMetricNames.ServerPending, RoutingMetricNames.ServicePending,
        RoutingMetricNames.PairRequests, RoutingMetricNames.PairSuccess, RoutingMetricNames.PairFailures, RoutingMetricNames.PairDuration,
        DataPlaneMetricNames.Retries, DataPlaneMetricNames.RetryBudget, DataPlaneMetricNames.RetryBudgetExhausted, DataPlaneMetricNames.RetryLimits,
        DataPlaneMetricNames.RetriesPerRequest, DataPlaneMetricNames.ResponsesNotHeld, DataPlaneMetricNames.BodiesNotKept,
        DataPlaneMetricNames.RequeueLimits, DataPlaneMetricNames.RequeueBudgetExhausted,
        DataPlaneMetricNames.Injected, DataPlaneMetricNames.Redirects, DataPlaneMetricNames.Mirrors, DataPlaneMetricNames.HealthChecks,
        DataPlaneMetricNames.InboundRefused, DataPlaneMetricNames.ServerGlitches, DataPlaneMetricNames.AppResponses, DataPlaneMetricNames.AppSeconds,
        DataPlaneMetricNames.TlsHandshakes, DataPlaneMetricNames.TlsPending, DataPlaneMetricNames.TlsFailures, DataPlaneMetricNames.TlsDialFailures,
        DataPlaneMetricNames.OpaqueConnections, DataPlaneMetricNames.Detected,
        DataPlaneMetricNames.FlowSent, DataPlaneMetricNames.FlowReceived, DataPlaneMetricNames.FlowDuration,
        DataPlaneMetricNames.Hedges, DataPlaneMetricNames.HedgeWins, DataPlaneMetricNames.GrpcCalls,
        DataPlaneMetricNames.RateLimited, DataPlaneMetricNames.ConcurrencyAllowed, DataPlaneMetricNames.ConcurrencyInFlight,
        DataPlaneMetricNames.ConcurrencyQueued, DataPlaneMetricNames.ConcurrencyWaited, DataPlaneMetricNames.ConcurrencyRefused,
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
        IEnumerable<string> inCode = NamesInCode().Select(each => each.Name);

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
