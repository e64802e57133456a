using Mesh.Node.Telemetry.Linkerd;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>The node's metrics in Linkerd 1's names for Prometheus, such that dashboards made for it work.</summary>
/// <param name="linkerd">What is shown.</param>
/// <param name="path">io.l5d.prometheus' <c>path</c>.</param>
/// <param name="prefix">io.l5d.prometheus' <c>prefix</c>.</param>
internal sealed class LinkerdPrometheusEndpoint(LinkerdTree linkerd, string path = LinkerdPrometheusEndpoint.DefaultPath, string prefix = "")
    : AdminEndpoint(path, "the series that Linkerd 1 has, in its names, for Prometheus")
{
    public const string DefaultPath = "/admin/metrics/prometheus";

    public override async Task HandleAsync(HttpContext context)
    {
        context.Response.ContentType = LinkerdPrometheusText.ContentType;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await LinkerdPrometheusText.WriteAsync(linkerd, prefix, context.Response.BodyWriter, context.RequestAborted).ConfigureAwait(false);
    }
}
