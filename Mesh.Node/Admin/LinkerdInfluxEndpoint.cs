using System.Text;
using Mesh.Node.Telemetry.Linkerd;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>The node's metrics in Linkerd 1's names, in InfluxDB's line protocol; the tag <c>host</c> is the request's Host.</summary>
internal sealed class LinkerdInfluxEndpoint(LinkerdTree linkerd)
    : AdminEndpoint("/admin/metrics/influxdb", "the series that Linkerd 1 has, in InfluxDB's line protocol")
{
    /// <summary>The tag of a request without Host.</summary>
    private const string NoHost = "none";

    public override Task HandleAsync(HttpContext context)
    {
        string host = context.Request.Host.HasValue ? context.Request.Host.Value! : NoHost;
        StringBuilder text = new();
        foreach (string line in LinkerdInfluxText.Lines(linkerd.Read(), linkerd.Windows, host)) text.Append(line);
        return AdminText.WriteAsync(context, StatusCodes.Status200OK, text.ToString());
    }
}
