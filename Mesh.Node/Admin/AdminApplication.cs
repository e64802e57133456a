using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Mesh.Node.Admin;

/// <summary>One admin request from route to answer; the only place that turns a handler's exception into a response.</summary>
internal sealed partial class AdminApplication(AdminRoutes routes, AdminDoors doors, ILogger log) : IHttpApplication<HttpContext>
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

    /// <summary>
    /// A page in a browser of this machine can come this way under a name of its own that leads to 127.0.0.1, and is not to be believed to be local:
    /// also where admin listens on all addresses.
    /// </summary>
    private static bool IsThroughLoopback(ConnectionInfo connection) =>
        connection.LocalIpAddress is { } local && IPAddress.IsLoopback(local);

    private static Task FailAsync(HttpContext context, int status, string why)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.Clear();
            return AdminErrors.WriteAsync(context, status, why);
        }

        // Half an answer must not look like a whole one.
        context.Abort();
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "admin: {Method} {Path} failed")]
    private static partial void HandlerFailed(ILogger log, Exception fault, string method, string path);

    private Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        if (IsThroughLoopback(context.Connection) && !HostNames.IsLocal(context.Request.Host.Host))
        {
            const string Why = "on loopback admin answers to localhost, IP addresses and this machine's name; send one of them as Host";
            return AdminErrors.WriteAsync(context, StatusCodes.Status421MisdirectedRequest, Why);
        }

        AdminEndpoint? endpoint = routes.Find(path);
        bool allowed = doors.Security.Allows(endpoint?.Class ?? AdminClass.Diagnostics, path);
        if (endpoint is null || !allowed)
        {
            string where = (allowed ? GoneEndpoints.Instead(path) : null) ?? "GET /admin lists the endpoints";
            return AdminErrors.WriteAsync(context, StatusCodes.Status404NotFound, $"nothing at this path; {where}");
        }

        string method = context.Request.Method;
        if (!endpoint.Methods.Contains(method))
        {
            context.Response.Headers.Allow = endpoint.Allow;
            return AdminErrors.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, $"{endpoint.Path} takes {endpoint.Allow}");
        }

        bool changes = endpoint.Mutates && !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method);
        bool isAfar = endpoint.IsGuardedAfar && context.Connection.RemoteIpAddress is { } from && !IPAddress.IsLoopback(from);
        return changes || isAfar ? doors.Guard.RunAsync(context, endpoint.HandleAsync, changes) : endpoint.HandleAsync(context);
    }
}

/// <summary>What a request passes before its endpoint.</summary>
/// <param name="Security">Which paths answer.</param>
/// <param name="Guard">Of whatever changes something.</param>
internal sealed record AdminDoors(AdminSecurity Security, MutationGuard Guard);
