using Mesh.Discovery.Names;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>
/// What a router knows from the namerd that binds its names: <c>/interpreter_state/LABEL.json</c>, Linkerd 1's
/// <c>/LABEL/interpreter_state/KIND/NAMESPACE.json</c>.
/// </summary>
internal sealed class InterpreterStateEndpoint(NodeView node)
    : AdminEndpoint("/interpreter_state/*", "ROUTER.json: what a router knows from its namerd, and since when that does not answer")
{
    private const string Start = "/interpreter_state/";

    public override Task HandleAsync(HttpContext context)
    {
        string path = AdminRoutes.Trim(context.Request.Path.Value!);
        RouterView? router = node.Routers.FirstOrDefault(each => Start + each.Label + ".json" == path);
        if (router?.Namerd() is not { } namerd)
        {
            string[] with = [.. node.Routers.Where(static each => each.Namerd() is not null).Select(static each => each.Label)];
            string why = with.Length == 0
                ? "no router has its names bound by a namerd"
                : $"no such router; bound by a namerd are {string.Join(", ", with)}";
            return AdminErrors.WriteAsync(context, StatusCodes.Status404NotFound, why);
        }

        return AdminJson.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("namerd", namerd.Options.Address.Authority);
            json.WriteString("namespace", namerd.Options.Namespace);
            json.WriteNumber("watches", namerd.Streams);
            json.WriteNumber("away_seconds", Math.Floor(namerd.Away?.TotalSeconds ?? 0));
            json.WriteString("problem", namerd.Problem);
            json.WriteStartArray("names");
            foreach (NameStatus name in namerd.Status)
            {
                json.WriteStartObject();
                NamerStateEndpoint.Write(json, name.Name.ToString(), name);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }
}
