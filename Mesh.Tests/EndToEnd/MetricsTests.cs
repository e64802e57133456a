using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>The counts after each kind of request, as a scraper sees them.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task EachRequest_CountsOnceByServerServiceAndDestination()
    {
        await using Origin origin = Origin.Answering(request =>
            request.StartLine.Contains("/fail", StringComparison.Ordinal) ? "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" : Origin.Ok("hello"));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        foreach (string path in (string[])["/", "/fail", "/", "/", "/fail"]) await client.AskAsync($"GET {path} HTTP/1.1\r\nHost: web\r\n\r\n");
        await node.MetricIsAsync(5, "mesh_server_requests_total");

        string[] viewpoints = ["server", "service", "destination"];
        foreach (string viewpoint in viewpoints)
        {
            await node.MetricIsAsync(5, $"mesh_{viewpoint}_requests_total");
            await node.MetricIsAsync(3, $"mesh_{viewpoint}_success_total");
            await node.MetricIsAsync(2, $"mesh_{viewpoint}_failures_total");
            await node.MetricIsAsync(3, $"mesh_{viewpoint}_responses_total", ("status", "2xx"));
            await node.MetricIsAsync(2, $"mesh_{viewpoint}_responses_total", ("status", "5xx"));
            await node.MetricIsAsync(5, $"mesh_{viewpoint}_request_duration_seconds");
        }

        Assert.Equal(0, node.Metric("mesh_server_rejections_total"));
    }

    [Fact]
    public async Task Bytes_AreThoseOnTheWire()
    {
        const string request = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
        await using Origin origin = Origin.Saying(new string('x', 1000));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message first = await client.AskAsync(request);
        await client.AskAsync(request);

        await node.MetricIsAsync(2 * request.Length, "mesh_server_received_bytes_total");
        await node.MetricIsAsync(2 * (first.Head.Length + 1000), "mesh_server_sent_bytes_total");
    }

    [Fact]
    public async Task Scrape_ShowsLoopsActorsAndBindings()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        await node.GetAsync();

        (_, string text) = await node.AdminAsync("/metrics");

        foreach (string line in (string[])
        [
            "mesh_loop_turns_total{loop=\"1\"} ", "mesh_loop_lag_seconds{loop=\"1\"} ", "mesh_loop_turn_duration_seconds_count{loop=\"1\"} ",
            "mesh_router_bindings{router=\"test\"} 1\n", "mesh_actor_dead_letters_total 0\n", "mesh_actor_unhandled_messages_total 0\n",
            "mesh_server_descriptor_exhaustions_total{router=\"test\",server=\"127.0.0.1/0\"} 0\n",
        ]) Assert.Contains(line, text, StringComparison.Ordinal);
        Assert.True(node.Metric("mesh_loop_turns_total") > 0);
        Assert.True(node.Metric("mesh_loop_busy_seconds_total") > 0);
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeriesOfADestination_GoWithIt()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, "bindingCache: {idleTtlSecs: 1}");
        await node.GetAsync();
        double before = node.Metric("mesh_destination_endpoints");

        await node.MetricIsAsync(double.NaN, "mesh_destination_endpoints");

        Assert.Equal(1, before);
        Assert.Equal(double.NaN, node.Metric("mesh_destination_requests_total"));
        Assert.Equal(double.NaN, node.Metric("mesh_service_requests_total", ("service", "/svc/web")));
    }
}
