using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>Answers that say no: <c>{"error": ".."}</c> where a path ends in <c>.json</c>, a line of text elsewhere.</summary>
internal static class AdminErrors
{
    /// <param name="context">Whom to answer.</param>
    /// <param name="status">4xx or 5xx.</param>
    /// <param name="why">For an operator; no line break at its end.</param>
    public static Task WriteAsync(HttpContext context, int status, string why)
    {
        bool isJson = (context.Request.Path.Value ?? "").EndsWith(".json", StringComparison.Ordinal);
        if (!isJson) return AdminText.WriteAsync(context, status, why + "\n");
        return AdminJson.WriteAsync(context, status, json =>
        {
            json.WriteStartObject();
            json.WriteString("error", why);
            json.WriteEndObject();
        });
    }
}
