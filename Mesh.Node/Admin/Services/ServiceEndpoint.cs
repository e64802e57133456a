using Mesh.Discovery.Services;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin.Services;

/// <summary>
/// One service or instance: <c>GET NAME</c>, <c>GET NAME/ID</c>; and this node's leases: <c>PUT NAME/ID</c>, <c>POST NAME/ID/heartbeat</c>,
/// <c>DELETE NAME/ID</c>.
/// </summary>
internal sealed class ServiceEndpoint(ServicesView? view) : AdminEndpoint(
    Start + "*", "a service NAME or instance NAME/ID; PUT registers with this node, POST NAME/ID/heartbeat renews, DELETE ends",
    HttpMethods.Get, HttpMethods.Put, HttpMethods.Post, HttpMethods.Delete)
{
    private const string Start = "/api/1/services/";
    private const string Heartbeat = "heartbeat";

    public override AdminClass Class => AdminClass.Control;

    public override bool Mutates => true;

    public override Task HandleAsync(HttpContext context)
    {
        if (view is null) return AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, ServicesView.None);
        string[] words = AdminRoutes.Trim(context.Request.Path.Value!)[Start.Length..].Split('/');
        string method = context.Request.Method;
        string service = ServiceNames.Normal(words[0]);
        if (!ServiceNames.IsName(service)) return Refuse(context, $"the service is `{Shown(words[0])}`; it must be {ServiceNames.Expected}");
        if (words.Length > 1 && !ServiceNames.IsName(words[1]))
            return Refuse(context, $"the id is `{Shown(words[1])}`; it must be {ServiceNames.Expected}");
        bool reads = HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
        return (words.Length, method) switch
        {
            (1 or 2, _) when reads => ShowAsync(context, service, words.Length == 2 ? words[1] : null),
            (2, _) when HttpMethods.IsPut(method) => RegisterAsync(context, service, words[1]),
            (2, _) when HttpMethods.IsDelete(method) => AskAsync(context, local => local.Deregister(ServiceInstance.KeyOf(service, words[1]))),
            (3, _) when HttpMethods.IsPost(method) && words[2] == Heartbeat =>
                AskAsync(context, local => local.Renew(ServiceInstance.KeyOf(service, words[1]))),
            _ => Refuse(context, $"there are GET {Start}NAME, GET, PUT and DELETE {Start}NAME/ID, and POST {Start}NAME/ID/{Heartbeat}"),
        };
    }

    private Task ShowAsync(HttpContext context, string service, string? id)
    {
        ServiceList list = view!.Table.Find(service);
        if (id is not null) list = new ServiceList(service, [.. list.Rows.Where(row => row.Value.Id == id)]);
        if (list.Rows.IsEmpty)
        {
            string known = view.Table.State.Current.IsSettled ? "" : "; this node has just started, and may not know all yet";
            string what = id is null ? $"no service `{service}`" : $"service `{service}` has no instance `{id}`";
            return AdminErrors.WriteAsync(context, StatusCodes.Status404NotFound, what + known);
        }

        DateTimeOffset now = view.Time.GetUtcNow();
        return AdminJson.WriteAsync(context, StatusCodes.Status200OK, json => ServiceJson.Write(json, list, now));
    }

    private async Task RegisterAsync(HttpContext context, string service, string id)
    {
        (RequestFields? fields, string? fault) = await RequestFields.ReadAsync(context).ConfigureAwait(false);
        Registration? lease = null;
        if (fields is not null && !RegistrationReader.TryRead(fields, service, id, out lease, out string? wrong)) fault = wrong;
        if (fault is not null) await Refuse(context, fault).ConfigureAwait(false);
        else await AskAsync(context, local => local.Register(lease!)).ConfigureAwait(false);
    }

    private async Task AskAsync(HttpContext context, Func<LocalServices, Task<LocalAnswer>> ask)
    {
        if (view!.Local() is not { } local)
        {
            await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, view.WhyAway()).ConfigureAwait(false);
            return;
        }

        LocalAnswer answer = await ask(local).WaitAsync(context.RequestAborted).ConfigureAwait(false);
        int status = answer.Result switch
        {
            LocalResult.Created => StatusCodes.Status201Created,
            LocalResult.Updated or LocalResult.Removed => StatusCodes.Status200OK,
            LocalResult.NotFound => StatusCodes.Status404NotFound,
            LocalResult.Configured => StatusCodes.Status409Conflict,
            _ => StatusCodes.Status503ServiceUnavailable,
        };
        if (status >= StatusCodes.Status400BadRequest) await AdminErrors.WriteAsync(context, status, answer.Reason).ConfigureAwait(false);
        else
            await AdminJson.WriteAsync(context, status, json => ServiceJson.Write(json, answer.Instance!, view.Node, answer.NotKept))
                .ConfigureAwait(false);
    }

    private static Task Refuse(HttpContext context, string why) => AdminErrors.WriteAsync(context, StatusCodes.Status400BadRequest, why);

    private static string Shown(string text) => text.Length <= ServiceNames.MaxLength ? text : text[..ServiceNames.MaxLength] + "..";
}
