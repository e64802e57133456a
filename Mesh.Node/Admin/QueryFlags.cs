using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>What counts as yes in a query: the one place that says it.</summary>
/// <remarks>Source: Finagle's getBooleanParam, by which namerd reads <c>watch</c>: <c>true</c>, <c>t</c> or <c>1</c>, whatever their case.</remarks>
internal static class QueryFlags
{
    /// <summary>Of a name that is given more than once the first counts.</summary>
    public static bool IsSet(HttpContext context, string name) =>
        context.Request.Query[name].FirstOrDefault()?.ToUpperInvariant() is "TRUE" or "T" or "1";
}
