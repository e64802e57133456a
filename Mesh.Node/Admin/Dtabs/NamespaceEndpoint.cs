using System.Collections.Immutable;
using Mesh.Discovery.Namerd;
using Mesh.Discovery.Names;
using Mesh.Routing.Routes;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>An endpoint about namespaces: each path segment below its own path is a name, and without a cluster there is nothing.</summary>
internal abstract class NamespaceEndpoint(RoutesView routes, string path, string summary, params ImmutableArray<string> methods)
    : AdminEndpoint(path, summary, methods)
{
    /// <summary>How long an answer may wait for what the cluster or a namer has yet to tell.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const string NoCluster = "this node has no cluster, and so no namespaces; add a `cluster:` section (`cluster: {node: n1}` is one alone)";

    public override AdminClass Class => AdminClass.Control;

    protected RoutesView Routes { get; } = routes;

    public sealed override Task HandleAsync(HttpContext context)
    {
        if (Routes.Table is not { } table) return AdminErrors.WriteAsync(context, StatusCodes.Status404NotFound, NoCluster);
        return WantsWatch(context) ? HandleWatchAsync(context, table) : HandleAsync(context, table);
    }

    protected abstract Task HandleAsync(HttpContext context, RouteTable table);

    private async Task HandleWatchAsync(HttpContext context, RouteTable table)
    {
        using IDisposable? watching = table.TryWatch(AdminServerOptions.MaximumWatches);
        if (watching is null)
        {
            const string Full = "this node serves as many watches as it may; ask another, or without watch=true";
            await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, Full).ConfigureAwait(false);
            return;
        }

        await Watching.FollowAsync(context, () => HandleAsync(context, table), Routes.Ending).ConfigureAwait(false);
    }

    /// <summary>What follows the endpoint's own path; empty: nothing does.</summary>
    protected string Rest(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        string prefix = Path.EndsWith(Below, StringComparison.Ordinal) ? Path[..^1] : Path + "/";
        return path.Length > prefix.Length ? path[prefix.Length..] : "";
    }

    /// <summary>Answers in its place, and gives null, while there are no doors.</summary>
    protected async Task<ClusterRoutes?> DoorsAsync(HttpContext context)
    {
        if (Routes.Doors() is { } doors) return doors;
        await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, Routes.WhyShut()).ConfigureAwait(false);
        return null;
    }

    /// <summary>Addresses as whoever asks uses them: a node says in its question that it can name the instance it means.</summary>
    protected static Func<AddressState, AddressState> Seen(HttpContext context) =>
        QueryFlags.IsSet(context, AddressMeta.InstancesParameter) ? OtherWays.ForNodes : OtherWays.ForAnyone;

    internal static bool WantsWatch(HttpContext context) => HttpMethods.IsGet(context.Request.Method) && QueryFlags.IsSet(context, "watch");

    protected static Task NotFoundAsync(HttpContext context, string why = "no such namespace") =>
        AdminErrors.WriteAsync(context, StatusCodes.Status404NotFound, why);
}
