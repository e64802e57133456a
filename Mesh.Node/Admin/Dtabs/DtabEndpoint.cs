using Mesh.Routing.Routes;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>One namespace: read, created (POST), written (PUT, with or without If-Match), deleted.</summary>
internal sealed class DtabEndpoint(RoutesView routes) : NamespaceEndpoint(
    routes, "/api/1/dtabs/*", "NAMESPACE: its dtab; watch=true follows", HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Delete)
{
    public override bool Mutates => true;

    protected override Task HandleAsync(HttpContext context, RouteTable table)
    {
        string name = Rest(context), method = context.Request.Method;
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method)) return ReadAsync(context, table, name);
        return HttpMethods.IsDelete(method) ? DeleteAsync(context, table, name) : WriteAsync(context, table, name);
    }

    private static async Task ReadAsync(HttpContext context, RouteTable table, string name)
    {
        string type = DtabBodies.Accepted(context.Request.Headers.Accept.ToString());
        if (WantsWatch(context))
        {
            await Watching.StreamAsync(context, type, DtabsAsync(context, table, name, type)).ConfigureAwait(false);
            return;
        }

        if (table.Find(name) is null) await table.WhenSettledAsync(Patience, context.RequestAborted).ConfigureAwait(false);
        if (table.Find(name) is { } found)
        {
            context.Response.Headers.ETag = ETags.Of(found.Version);
            await Watching.WriteAsync(context, type, DtabBodies.Write(found.Dtab, type)).ConfigureAwait(false);
        }
        else if (table.WhyNot(name) is { } why)
        {
            await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, why).ConfigureAwait(false);
        }
        else
        {
            await NotFoundAsync(context).ConfigureAwait(false);
        }
    }

    /// <summary>A namespace that is not there, or no longer, shows nothing: the stream stays open.</summary>
    private static async IAsyncEnumerable<byte[]?> DtabsAsync(HttpContext context, RouteTable table, string name, string type)
    {
        await foreach (RouteView view in table.FollowAsync(context.RequestAborted).ConfigureAwait(false))
            yield return view.Find(name) is { } found ? DtabBodies.Write(found.Dtab, type) : null;
    }

    private async Task WriteAsync(HttpContext context, RouteTable table, string name)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
        if (!DtabBodies.TryRead(context.Request.ContentType, body.GetBuffer().AsSpan(0, (int)body.Length), out string? text, out string? fault))
        {
            await AdminErrors.WriteAsync(context, StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return;
        }

        if (await DoorsAsync(context).ConfigureAwait(false) is not { } doors) return;
        string author = CallerName.Author(context);
        RouteResult result = HttpMethods.IsPost(context.Request.Method)
            ? await doors.Store.CreateAsync(name, text, author).ConfigureAwait(false)
            : await IfMatch.ChangeAsync(context, table, name, version => doors.Store.PutAsync(name, text, version, author)).ConfigureAwait(false);
        await RouteAnswers.WriteAsync(context, result).ConfigureAwait(false);
    }

    private async Task DeleteAsync(HttpContext context, RouteTable table, string name)
    {
        if (await DoorsAsync(context).ConfigureAwait(false) is not { } doors) return;
        string author = CallerName.Author(context);
        RouteResult result = await IfMatch.ChangeAsync(context, table, name, version => doors.Store.DeleteAsync(name, version, author))
            .ConfigureAwait(false);
        await RouteAnswers.WriteAsync(context, result).ConfigureAwait(false);
    }
}
