using Mesh.Node.Telemetry;
using Mesh.Wire.Metrics;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>Every series of the node in Prometheus' text format.</summary>
internal sealed class MetricsEndpoint(MetricRegistry registry) : AdminEndpoint("/metrics", "all series in Prometheus' text format 0.0.4")
{
    public override async Task HandleAsync(HttpContext context)
    {
        context.Response.ContentType = PrometheusText.ContentType;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await PrometheusText.WriteAsync(registry, context.Response.BodyWriter, context.RequestAborted).ConfigureAwait(false);
    }
}
