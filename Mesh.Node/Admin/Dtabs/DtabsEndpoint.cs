using Mesh.Routing.Routes;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>The names of all namespaces, in order. Any method lists, as in namerd.</summary>
internal sealed class DtabsEndpoint(RoutesView routes) : NamespaceEndpoint(
    routes, "/api/1/dtabs", "the namespaces; watch=true follows", HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Delete)
{
    protected override async Task HandleAsync(HttpContext context, RouteTable table)
    {
        if (WantsWatch(context))
        {
            await Watching.StreamAsync(context, DtabBodies.Json, ListsAsync(context, table)).ConfigureAwait(false);
            return;
        }

        if (!await table.WhenSettledAsync(Patience, context.RequestAborted).ConfigureAwait(false))
        {
            // Who compares the list with what should be there would take what is yet to come for deleted.
            await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, RouteTable.Unsettled).ConfigureAwait(false);
            return;
        }

        await Watching.WriteAsync(context, DtabBodies.Json, List(table.Current)).ConfigureAwait(false);
    }

    private static async IAsyncEnumerable<byte[]?> ListsAsync(HttpContext context, RouteTable table)
    {
        await foreach (RouteView view in table.FollowAsync(context.RequestAborted).ConfigureAwait(false))
            yield return view.IsSettled || !view.Namespaces.IsEmpty ? List(view) : null;
    }

    private static byte[] List(RouteView view) => DtabBodies.Line(json =>
    {
        json.WriteStartArray();
        foreach (string name in view.Namespaces.Keys.Concat(view.Unread.Keys).Order(StringComparer.Ordinal)) json.WriteStringValue(name);
        json.WriteEndArray();
    });
}
