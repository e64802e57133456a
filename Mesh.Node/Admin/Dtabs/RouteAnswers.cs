using Mesh.Routing.Routes;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>What became of a change, as a status: namerd's where it has one.</summary>
internal static class RouteAnswers
{
    public static Task WriteAsync(HttpContext context, RouteResult result)
    {
        switch (result)
        {
            case RouteResult.Changed changed:
                MutationGuard.Note(context, $"{changed.Kind} as version {changed.Version}");
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            case RouteResult.Exists exists:
                return AdminErrors.WriteAsync(context, StatusCodes.Status409Conflict, $"the namespace exists, in version {ETags.Of(exists.Version)}");
            case RouteResult.Stale stale:
                return AdminErrors.WriteAsync(
                    context, StatusCodes.Status412PreconditionFailed, $"the namespace has version {ETags.Of(stale.Version)}; read it again");
            case RouteResult.NotFound none:
                return AdminErrors.WriteAsync(context, StatusCodes.Status404NotFound, none.Reason);
            case RouteResult.Refused refused:
                return AdminErrors.WriteAsync(context, StatusCodes.Status400BadRequest, refused.Reason);
            case RouteResult.Unavailable away:
                return AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, away.Reason);
            default:
                throw new ArgumentOutOfRangeException(nameof(result), result, "a result without a status");
        }
    }
}
