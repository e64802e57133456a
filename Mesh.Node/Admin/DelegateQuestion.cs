using System.Text.Json;
using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using NamePath = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Admin;

/// <summary>A question about a name, as Linkerd's and namerd's dtab playgrounds ask it: a query, or JSON in a POST.</summary>
/// <param name="Namespace">A router's label, or a namespace; null: none was named.</param>
/// <param name="Dtab">To go by; null: none was given.</param>
/// <param name="Path">The name.</param>
internal sealed record DelegateQuestion(string? Namespace, Dtab? Dtab, NamePath Path)
{
    public static async Task<(DelegateQuestion? Question, int Status, string Why)> ReadAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            IQueryCollection query = context.Request.Query;
            return Parse(query["namespace"], query["dtab"], query["path"]);
        }

        bool isJson = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type)
            && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase);
        if (!isJson) return (null, StatusCodes.Status415UnsupportedMediaType, "send application/json");
        try
        {
            using JsonDocument body = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted).ConfigureAwait(false);
            return Parse(Field(body.RootElement, "namespace"), Field(body.RootElement, "dtab"), Field(body.RootElement, "path"));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            string why = $"Malformed delegation request: {fault.Message} Want {{\"namespace\": .., \"dtab\": .., \"path\": ..}}, all strings";
            return (null, StatusCodes.Status400BadRequest, why);
        }
    }

    private static string? Field(JsonElement body, string name) => body.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static (DelegateQuestion? Question, int Status, string Why) Parse(string? router, string? dtabText, string? pathText)
    {
        Dtab? dtab = null;
        if (dtabText is not null && !Dtab.TryParse(dtabText, out dtab, out SyntaxError? error))
        {
            return (null, StatusCodes.Status400BadRequest, $"Invalid dtab: {error}");
        }

        if (pathText is null) return (null, StatusCodes.Status400BadRequest, "Invalid path: give `path`, such as /svc/users");
        return NamePath.TryParse(pathText, out NamePath? path, out SyntaxError? wrong)
            ? (new DelegateQuestion(router, dtab, path), StatusCodes.Status200OK, "")
            : (null, StatusCodes.Status400BadRequest, $"Invalid path: {wrong}");
    }
}
