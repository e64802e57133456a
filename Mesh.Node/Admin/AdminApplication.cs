using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Mesh.Node.Admin;

/// <summary>One admin request from route to answer; the only place that turns a handler's exception into a response.</summary>
internal sealed partial class AdminApplication(AdminRoutes routes, ILogger log) : IHttpApplication<HttpContext>
{
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public async Task ProcessRequestAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            await AnswerAsync(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away: nobody is left to answer.
        }
        catch (BadHttpRequestException fault)
        {
            // Too large a body, a broken chunk: Kestrel found it while the handler read.
            await FailAsync(context, fault.StatusCode, fault.Message).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            HandlerFailed(log, fault, context.Request.Method, context.Request.Path);
            await FailAsync(context, StatusCodes.Status500InternalServerError, "the handler failed; the node's log says why").ConfigureAwait(false);
        }
    }

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    private static Task FailAsync(HttpContext context, int status, string why)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.Clear();
            return AdminText.WriteAsync(context, status, why + "\n");
        }

        // Half an answer must not look like a whole one.
        context.Abort();
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "admin: {Method} {Path} failed")]
    private static partial void HandlerFailed(ILogger log, Exception fault, string method, string path);

    private Task AnswerAsync(HttpContext context)
    {
        AdminEndpoint? endpoint = routes.Find(context.Request.Path.Value ?? "");
        if (endpoint is null)
        {
            return AdminText.WriteAsync(context, StatusCodes.Status404NotFound, "nothing at this path; GET /admin lists the endpoints\n");
        }

        if (endpoint.Methods.Contains(context.Request.Method)) return endpoint.HandleAsync(context);
        context.Response.Headers.Allow = endpoint.Allow;
        return AdminText.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, $"{endpoint.Path} takes {endpoint.Allow}\n");
    }
}
