using System.Text;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>The list of everything that can be asked, itself included.</summary>
internal sealed class IndexEndpoint(IReadOnlyList<AdminEndpoint> others) : AdminEndpoint("/admin", "this list")
{
    public override Task HandleAsync(HttpContext context)
    {
        AdminEndpoint[] all = [.. others.Append(this).OrderBy(endpoint => endpoint.Path, StringComparer.Ordinal)];
        int width = all.Max(endpoint => endpoint.Path.Length);
        StringBuilder text = new();
        foreach (AdminEndpoint endpoint in all)
        {
            text.Append(endpoint.Path.PadRight(width + 2)).Append(endpoint.Summary).Append(" (").Append(endpoint.Allow).Append(")\n");
        }

        return AdminText.WriteAsync(context, StatusCodes.Status200OK, text.ToString());
    }
}
