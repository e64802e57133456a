using Mesh.Node.Telemetry.Linkerd;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>The node's metrics in Linkerd 1's names for Prometheus, such that dashboards made for it work.</summary>
internal sealed class LinkerdPrometheusEndpoint(LinkerdTree linkerd)
    : AdminEndpoint("/admin/metrics/prometheus", "the series that Linkerd 1 has, in its names, for Prometheus")
{
    public override async Task HandleAsync(HttpContext context)
    {
        context.Response.ContentType = LinkerdPrometheusText.ContentType;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await LinkerdPrometheusText.WriteAsync(linkerd, context.Response.BodyWriter, context.RequestAborted).ConfigureAwait(false);
    }
}
