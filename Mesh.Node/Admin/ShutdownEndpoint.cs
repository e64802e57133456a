using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>Begins the orderly end, as SIGTERM does; the answer comes first.</summary>
internal sealed class ShutdownEndpoint(Action<string> shutdown)
    : AdminEndpoint("/admin/shutdown", "drains and ends the node", HttpMethods.Post)
{
    public override AdminClass Class => AdminClass.Control;

    public override bool Mutates => true;

    public override async Task HandleAsync(HttpContext context)
    {
        await AdminText.WriteAsync(context, StatusCodes.Status200OK, "quitting\n").ConfigureAwait(false);
        shutdown($"POST /admin/shutdown from {context.Connection.RemoteIpAddress}");
    }
}
