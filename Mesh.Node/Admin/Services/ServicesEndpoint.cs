using System.Collections.Immutable;
using Mesh.Discovery.Services;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin.Services;

/// <summary>All services of the fleet, as this node knows them; <c>after=NAME</c> goes on where a long list ended.</summary>
internal sealed class ServicesEndpoint(ServicesView? view) : AdminEndpoint("/api/1/services", "the fleet's services with their instances")
{
    /// <summary>Services of one answer.</summary>
    public const int MaxListed = 1000;

    public override Task HandleAsync(HttpContext context)
    {
        if (view is null) return AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, ServicesView.None);
        string after = context.Request.Query["after"].ToString();
        ServiceList[] rest = [.. view.Table.All().SkipWhile(list => string.CompareOrdinal(list.Name, after) <= 0)];
        ImmutableArray<ServiceList> page = [.. rest.Take(MaxListed)];
        ServiceTableState state = view.Table.State.Current;
        DateTimeOffset now = view.Time.GetUtcNow();
        return AdminJson.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("confirmed", state.IsConfirmed);
            ViewAge.Write(json, view.Table.Freshness, now);
            json.WriteNumber("total", view.Table.Services);
            json.WriteString("next", rest.Length > page.Length ? page[^1].Name : null);
            json.WriteStartArray("services");
            foreach (ServiceList list in page) ServiceJson.Write(json, list, now);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }
}
