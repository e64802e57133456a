using Mesh.Node.Admin;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.AdminConsole;

/// <summary>Names of this node that may stand in a command, for the prompt's completion.</summary>
internal sealed class ValuesEndpoint(ConsoleValues values)
    : AdminEndpoint("/api/1/console/values", "names for the console's completion, ?of=KIND&prefix=..")
{
    public override bool IsGuardedAfar => true;

    public override async Task HandleAsync(HttpContext context)
    {
        IReadOnlyList<string> found = await values.FindAsync(
            context.Request.Query["of"].ToString(), context.Request.Query["prefix"].ToString()).ConfigureAwait(false);
        await AdminJson.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartArray();
            foreach (string value in found) json.WriteStringValue(value);
            json.WriteEndArray();
        }).ConfigureAwait(false);
    }
}
