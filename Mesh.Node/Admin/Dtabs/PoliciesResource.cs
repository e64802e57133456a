using System.Text;
using Mesh.Routing.Routes;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>The second document of a namespace, <c>NAMESPACE/policies</c>: read, written, taken away.</summary>
/// <remarks>YAML or JSON, whatever Content-Type says.</remarks>
internal static class PoliciesResource
{
    private const string Yaml = "application/yaml";

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Task ReadAsync(HttpContext context, RouteTable table, string name)
    {
        RouteNamespace? found = table.Find(name);
        if (found is { Policies.Length: > 0 })
        {
            context.Response.Headers.ETag = ETags.Of(found.Version);
            string type = found.Policies.TrimStart().StartsWith('{') ? DtabBodies.Json : Yaml;
            return Watching.WriteAsync(context, type, Encoding.UTF8.GetBytes(found.Policies));
        }

        if (table.WhyNot(name) is { } why) return AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, why);
        string none = found is null ? "no such namespace" : "the namespace has no policies";
        return AdminErrors.WriteAsync(context, StatusCodes.Status404NotFound, none);
    }

    public static async Task WriteAsync(HttpContext context, RouteTable table, ClusterRoutes doors, string name)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
        string text;
        try
        {
            text = s_strict.GetString(body.GetBuffer(), 0, (int)body.Length);
        }
        catch (DecoderFallbackException)
        {
            await AdminErrors.WriteAsync(context, StatusCodes.Status400BadRequest, "Invalid policies: not UTF-8 text").ConfigureAwait(false);
            return;
        }

        string author = CallerName.Author(context);
        RouteResult result = await IfMatch.ChangeAsync(
            context, table, name, version => doors.Store.PutPoliciesAsync(name, text, version, author)).ConfigureAwait(false);
        await RouteAnswers.WriteAsync(context, result).ConfigureAwait(false);
    }

    public static async Task DeleteAsync(HttpContext context, RouteTable table, ClusterRoutes doors, string name)
    {
        string author = CallerName.Author(context);
        RouteResult result = await IfMatch.ChangeAsync(
            context, table, name, version => doors.Store.DeletePoliciesAsync(name, version, author)).ConfigureAwait(false);
        await RouteAnswers.WriteAsync(context, result).ConfigureAwait(false);
    }
}
