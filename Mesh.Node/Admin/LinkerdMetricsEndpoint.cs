using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.Node.Telemetry.Linkerd;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>
/// The node's metrics in Linkerd 1's names as JSON: flat, or with <c>tree=1</c> nested; <c>q=rt/http</c> only what is below; <c>pretty=1</c> for
/// people.
/// </summary>
internal sealed class LinkerdMetricsEndpoint(LinkerdTree linkerd)
    : AdminEndpoint("/admin/metrics.json", "the series that Linkerd 1 has, as JSON; ?q=rt/http&tree=1&pretty=1")
{
    public override AdminClass Class => AdminClass.Ui;

    public override async Task HandleAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        string? path = query["q"].FirstOrDefault();
        context.Response.ContentType = AdminJson.ContentType;
        JsonWriterOptions options = new() { Indented = IsTrue(query, "pretty"), Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        Utf8JsonWriter json = new(context.Response.BodyWriter, options);
        await using (json.ConfigureAwait(false))
        {
            if (!linkerd.Read().TryFind(path ?? "", out MetricNode? root))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                json.WriteStartObject();
                json.WriteString("error", $"No such subtree: {path}");
                json.WriteEndObject();
            }
            else if (IsTrue(query, "tree"))
            {
                LinkerdJson.WriteTree(json, root, linkerd.Windows);
            }
            else
            {
                LinkerdJson.WriteFlat(json, root, linkerd.Windows);
            }
        }
    }

    /// <summary>As Finagle reads a flag: <c>1</c>, <c>t</c> or <c>true</c>.</summary>
    private static bool IsTrue(IQueryCollection query, string name) =>
        query[name].FirstOrDefault() is { } value && (value is "1" || "t".Equals(value, StringComparison.OrdinalIgnoreCase)
            || "true".Equals(value, StringComparison.OrdinalIgnoreCase));
}
