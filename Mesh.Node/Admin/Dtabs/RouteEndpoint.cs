using System.Globalization;
using Mesh.Routing.Routes;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>
/// What namerd has not: <c>NAMESPACE/history</c>, <c>NAMESPACE/rollback</c> (POST), <c>NAMESPACE/wait</c>, and <c>NAMESPACE/policies</c>.
/// </summary>
internal sealed class RouteEndpoint(RoutesView routes) : NamespaceEndpoint(
    routes, "/api/1/routes/*", "NAMESPACE/policies, NAMESPACE/history, NAMESPACE/wait; POST NAMESPACE/rollback?version=",
    HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Delete)
{
    public const int DefaultWaitMs = 5000;
    public const int MaxWaitMs = 120_000;

    public override bool Mutates => true;

    protected override async Task HandleAsync(HttpContext context, RouteTable table)
    {
        string[] parts = Rest(context).Split('/');
        string verb = parts.Length == 2 && RouteLimits.IsName(parts[0]) ? parts[1] : "";
        if (verb is not ("history" or "rollback" or "wait" or "policies"))
        {
            await NotFoundAsync(context, "say NAMESPACE/policies, NAMESPACE/history, NAMESPACE/rollback or NAMESPACE/wait").ConfigureAwait(false);
            return;
        }

        string allowed = verb switch { "rollback" => "POST", "policies" => "GET, HEAD, PUT, DELETE", _ => "GET, HEAD" };
        if (!allowed.Split(", ").Contains(context.Request.Method))
        {
            context.Response.Headers.Allow = allowed;
            string takes = $"{verb} takes {context.Response.Headers.Allow}";
            await AdminErrors.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, takes).ConfigureAwait(false);
            return;
        }

        if (!TryNumber(context, "version", out long version) || !TryNumber(context, "timeoutMs", out long timeout) || timeout > MaxWaitMs)
        {
            string wrong = $"version and timeoutMs (at most {MaxWaitMs}) must be whole numbers above 0";
            await AdminErrors.WriteAsync(context, StatusCodes.Status400BadRequest, wrong).ConfigureAwait(false);
            return;
        }

        if (verb == "policies" && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)))
        {
            if (table.Find(parts[0]) is null) await table.WhenSettledAsync(Patience, context.RequestAborted).ConfigureAwait(false);
            await PoliciesResource.ReadAsync(context, table, parts[0]).ConfigureAwait(false);
            return;
        }

        if (await DoorsAsync(context).ConfigureAwait(false) is not { } doors) return;
        await (verb switch
        {
            "policies" when HttpMethods.IsDelete(context.Request.Method) => PoliciesResource.DeleteAsync(context, table, doors, parts[0]),
            "policies" => PoliciesResource.WriteAsync(context, table, doors, parts[0]),
            "history" => HistoryAsync(context, doors, parts[0], version),
            "rollback" => RollbackAsync(context, table, doors, parts[0], version),
            _ => WaitAsync(context, table, doors, parts[0], version, timeout),
        }).ConfigureAwait(false);
    }

    private static async Task HistoryAsync(HttpContext context, ClusterRoutes doors, string name, long version)
    {
        (RouteHistory? history, string why) = await doors.Store.HistoryAsync(name, version).ConfigureAwait(false);
        if (history is null) await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, why).ConfigureAwait(false);
        else if (history.Changes.IsEmpty) await NotFoundAsync(context, version == 0 ? "no such namespace" : "no such version").ConfigureAwait(false);
        else await Watching.WriteAsync(context, DtabBodies.Json, DtabBodies.Line(json => RouteJson.Write(json, history))).ConfigureAwait(false);
    }

    private static async Task RollbackAsync(HttpContext context, RouteTable table, ClusterRoutes doors, string name, long version)
    {
        if (version == 0)
        {
            await AdminErrors.WriteAsync(context, StatusCodes.Status400BadRequest, "say which: ?version=").ConfigureAwait(false);
            return;
        }

        string author = CallerName.Author(context);
        RouteResult result = await IfMatch.ChangeAsync(
            context, table, name, expected => doors.Store.RollbackAsync(name, version, expected, author)).ConfigureAwait(false);
        await RouteAnswers.WriteAsync(context, result).ConfigureAwait(false);
    }

    /// <summary>Without a version: the one that this node has.</summary>
    private async Task WaitAsync(HttpContext context, RouteTable table, ClusterRoutes doors, string name, long version, long timeoutMs)
    {
        if (version == 0) version = table.Find(name)?.Version ?? 0;
        if (version == 0)
        {
            await NotFoundAsync(context).ConfigureAwait(false);
            return;
        }

        TimeSpan timeout = TimeSpan.FromMilliseconds(timeoutMs == 0 ? DefaultWaitMs : timeoutMs);
        RouteSpread spread;
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, Routes.Ending);
            spread = await doors.Wait.WaitAsync(name, version, timeout, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Routes.Ending.IsCancellationRequested)
        {
            await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "the node ends; ask another").ConfigureAwait(false);
            return;
        }

        context.Response.StatusCode = spread.IsEverywhere ? StatusCodes.Status200OK : StatusCodes.Status504GatewayTimeout;
        await Watching.WriteAsync(context, DtabBodies.Json, DtabBodies.Line(json => RouteJson.Write(json, version, spread))).ConfigureAwait(false);
    }

    private static bool TryNumber(HttpContext context, string name, out long value)
    {
        value = 0;
        string text = context.Request.Query[name].ToString();
        return text.Length == 0 || (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0);
    }
}
