using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>Says that the process lives, whatever else is wrong with it (Linkerd 1's answer, word for word).</summary>
internal sealed class PingEndpoint() : AdminEndpoint("/admin/ping", "pong, as long as the process lives")
{
    public override Task HandleAsync(HttpContext context) => AdminText.WriteAsync(context, StatusCodes.Status200OK, "pong");
}
