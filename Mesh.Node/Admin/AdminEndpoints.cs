using Mesh.Node.Admin.Dtabs;
using Mesh.Node.Admin.Services;
using Mesh.Node.AdminConsole;
using Mesh.Node.Telemetry.Linkerd;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Admin;

/// <summary>The endpoints of every node, one line each; the list at <c>/admin</c> is added by the server.</summary>
internal static class AdminEndpoints
{
    /// <param name="registry">What <c>/metrics</c> shows.</param>
    /// <param name="linkerd">The same in Linkerd 1's names.</param>
    /// <param name="notReady">What keeps the node from being ready; empty = ready.</param>
    /// <param name="notes">What is told beside readiness.</param>
    public static IReadOnlyList<AdminEndpoint> Standard(
        MetricRegistry registry, LinkerdTree linkerd, Func<IReadOnlyList<string>> notReady, Func<IReadOnlyList<string>>? notes = null) =>
    [
        new PingEndpoint(),
        new ReadyEndpoint(notReady, notes),
        new MetricsEndpoint(registry),
        new LinkerdPrometheusEndpoint(linkerd),
        new LinkerdMetricsEndpoint(linkerd),
        new LinkerdInfluxEndpoint(linkerd),
    ];

    /// <param name="node">What the endpoints read.</param>
    public static IReadOnlyList<AdminEndpoint> Standard(NodeView node) =>
    [
        .. Standard(node.Registry, node.Linkerd, node.NotReady, () => Notes(node)),
        new ServerInfoEndpoint(node),
        new ConfigEndpoint(node.Config),
        new ShutdownEndpoint(node.Shutdown),
        new LoggingEndpoint(node.Levels),
        new ClientStateEndpoint(node),
        new DelegatorEndpoint(node),
        new BoundNamesEndpoint(node),
        new NamerStateEndpoint(node.Namers),
        new InterpreterStateEndpoint(node),
        new ServicesEndpoint(node.Services),
        new ServiceEndpoint(node.Services),
        new PalettesEndpoint(node.Commands),
        new ValuesEndpoint(node.Values),
        new ConsoleEndpoint(node.Commands, node.Routes.Ending),
        new DtabsEndpoint(node.Routes),
        new DtabEndpoint(node.Routes),
        new BindEndpoint(node.Routes),
        new AddrEndpoint(node.Routes),
        new ResolveEndpoint(node.Routes),
        .. DelegateEndpoint.Both(node.Routes),
        new BoundNamesResource(node),
        new RouteEndpoint(node.Routes),
    ];

    /// <summary>How old the node's view of the fleet is, where it is older than it should be.</summary>
    private static IReadOnlyList<string> Notes(NodeView node)
    {
        DateTimeOffset now = node.Time.GetUtcNow();
        string?[] notes = [ViewAge.Note("routes", node.Routes.Table?.Freshness, now), ViewAge.Note("services", node.Services?.Table.Freshness, now)];
        return [.. notes.OfType<string>()];
    }
}
