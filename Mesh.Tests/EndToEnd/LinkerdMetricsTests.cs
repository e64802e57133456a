using System.Globalization;
using System.Net;
using System.Text.Json;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>A node as dashboards and scripts made for Linkerd 1 see it.</summary>
public sealed class LinkerdMetricsTests
{
    /// <summary>What linkerd-viz' dashboard asks for: names, and the labels that its queries select or group by.</summary>
    public static TheoryData<string, string[]> Viz => new()
    {
        { "rt:client:requests", ["rt", "client"] },
        { "rt:client:success", ["rt", "client"] },
        { "rt:client:status:4XX", ["rt"] },
        { "rt:client:status:5XX", ["rt"] },
        { "rt:client:request_latency_ms", ["rt", "client", "quantile=0.95"] },
        { "rt:client:request_latency_ms", ["rt", "client", "quantile=0.99"] },
        { "rt:client:request_latency_ms", ["rt", "client", "quantile=1"] },
        { "rt:server:requests", ["rt"] },
        { "rt:server:success", ["rt"] },
        { "rt:server:request_latency_ms", ["rt", "quantile=0.95"] },
        { "rt:server:request_latency_ms", ["rt", "quantile=0.99"] },
        { "rt:server:request_latency_ms", ["rt", "quantile=1"] },
        { "jvm:uptime", [] },
    };

    /// <summary>What linkerd-viz' health dashboard asks of a process; its panels of one JVM's collectors and pools have no counterpart.</summary>
    public static TheoryData<string, string[]> Health => new()
    {
        { "jvm:num_cpus", [] }, { "jvm:heap:used", [] }, { "jvm:heap:max", [] }, { "jvm:gc:cycles", [] }, { "jvm:gc:msec", [] },
        { "jvm:thread:count", [] }, { "jvm:fd_count", [] },
    };

    [Theory]
    [MemberData(nameof(Viz))]
    [MemberData(nameof(Health))]
    public async Task EveryQueryOfLinkerdViz_FindsASeriesAfterTraffic(string name, string[] labels)
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        await node.GetAsync();
        await node.MetricIsAsync(1, "mesh_server_requests_total");

        (_, string text) = await node.AdminAsync("/admin/metrics/prometheus");

        string[] series = text.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal)
            || line.StartsWith(name + " ", StringComparison.Ordinal)).ToArray();
        Assert.Contains(series, line => labels.All(label => line.Contains(Wanted(label), StringComparison.Ordinal)));

        static string Wanted(string label) =>
            label.Split('=') is [string name, string value] ? $"{name}=\"{value}\"" : $"{label}=\"";
    }

    [Fact]
    public async Task Counts_AreThoseOfTheTraffic()
    {
        await using Origin origin = Origin.Answering(request =>
            request.StartLine.Contains("/fail", StringComparison.Ordinal) ? "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" : Origin.Ok("hello"));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();
        foreach (string path in (string[])["/", "/fail", "/"]) await client.AskAsync($"GET {path} HTTP/1.1\r\nHost: web\r\n\r\n");
        await node.MetricIsAsync(3, "mesh_server_requests_total");

        (_, string text) = await node.AdminAsync("/admin/metrics/prometheus");

        string leaf = string.Create(CultureInfo.InvariantCulture, $"rt=\"test\", client=\"$/inet/127.0.0.1/{origin.Port}\"");
        foreach (string line in (string[])
        [
            "rt:server:requests{rt=\"test\", server=\"127.0.0.1/0\"} 3\n",
            "rt:service:success{rt=\"test\", service=\"svc/web\"} 2\n",
            $"rt:client:requests{{{leaf}}} 3\n",
            $"rt:client:success{{{leaf}}} 2\n",
            $"rt:client:failures{{{leaf}}} 1\n",
            $"rt:client:status:2XX{{{leaf}}} 2\n",
            $"rt:client:status:503{{{leaf}}} 1\n",
            $"rt:client:pending{{{leaf}}} 0.0\n",
            $"rt:client:request_latency_ms_count{{{leaf}}} 3\n",
            $"rt:client:loadbalancer:size{{{leaf}}} 1.0\n",
            $"rt:client:loadbalancer:algorithm:p2c_peak_ewma{{{leaf}}} 1.0\n",
            $"rt:client:connects{{{leaf}}} 1\n",
            "rt:bindcache:path:misses{rt=\"test\"} 1\n",
            "rt:bindcache:client:misses{rt=\"test\"} 1\n",
        ]) Assert.Contains("\n" + line, text, StringComparison.Ordinal);
        Assert.DoesNotContain("#", text.Replace("/#/", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pairs_TellWhichServiceUsesWhichClient()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        await node.GetAsync();
        await node.GetAsync(host: "web2");
        await node.MetricIsAsync(2, "mesh_server_requests_total");

        (_, string text) = await node.AdminAsync("/admin/metrics/prometheus");

        foreach (string service in (string[])["svc/web", "svc/web2"])
        {
            string labels = $"rt=\"test\", client=\"$/inet/127.0.0.1/{origin.Port}\", service=\"{service}\"";
            Assert.Contains($"\nrt:client:service:requests{{{labels}}} 1\n", text, StringComparison.Ordinal);
            Assert.Contains($"\nrt:client:service:request_latency_ms_count{{{labels}}} 1\n", text, StringComparison.Ordinal);
            Assert.Contains($"\nrt:service:pending{{rt=\"test\", service=\"{service}\"}} 0.0\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Failures_AreToldByException()
    {
        await using TestNode node = await TestNode.RoutingAsync($"/svc/refused => /$/inet/127.0.0.1/{Ports.Free()}");
        await node.GetAsync(host: "refused");
        await node.GetAsync(host: "nobody");
        await node.MetricIsAsync(2, "mesh_server_requests_total");

        (_, string text) = await node.AdminAsync("/admin/metrics/prometheus");

        foreach (string line in (string[])
        [
            "rt:server:failures{rt=\"test\", server=\"127.0.0.1/0\"} 2\n",
            "rt:server:failures{rt=\"test\", server=\"127.0.0.1/0\", exception=\"com.twitter.finagle.ConnectionFailedException\"} 1\n",
            "rt:server:failures{rt=\"test\", server=\"127.0.0.1/0\", exception=\"com.twitter.finagle.NoBrokersAvailableException\"} 1\n",
            "rt:service:failures{rt=\"test\", service=\"unbound\", exception=\"com.twitter.finagle.NoBrokersAvailableException\"} 1\n",
            "rt:service:failures{rt=\"test\", service=\"svc/refused\", exception=\"com.twitter.finagle.ConnectionFailedException\"} 1\n",
        ]) Assert.Contains("\n" + line, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_IsFlatOrATree_WholeOrAPart()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        await node.GetAsync();
        await node.MetricIsAsync(1, "mesh_server_requests_total");

        (_, string flat) = await node.AdminAsync("/admin/metrics.json");
        (_, string tree) = await node.AdminAsync("/admin/metrics.json?tree=1&pretty=true&q=rt/test/server/127.0.0.1/0");
        (HttpStatusCode status, string missing) = await node.AdminAsync("/admin/metrics.json?q=rt/%22none");

        Assert.Equal(1, JsonDocument.Parse(flat).RootElement.GetProperty("rt/test/server/127.0.0.1/0/requests").GetInt64());
        Assert.Equal(1, JsonDocument.Parse(tree).RootElement.GetProperty("requests").GetProperty("counter").GetInt64());
        Assert.Contains("\n  \"", tree, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("No such subtree: rt/\"none", JsonDocument.Parse(missing).RootElement.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Influx_NamesTheHostThatWasAsked()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        await node.GetAsync();
        await node.MetricIsAsync(1, "mesh_server_requests_total");

        (_, string text) = await node.AdminAsync("/admin/metrics/influxdb");

        string line = text.Split('\n').Single(each => IsOf(each, "rt:service,", "service=svc/web "));
        Assert.StartsWith($"rt:service,host={node.Host.Admin},rt=test,service=svc/web ", line, StringComparison.Ordinal);
        Assert.Contains("requests=1,", line, StringComparison.Ordinal);

        static bool IsOf(string each, string measurement, string tag) =>
            each.StartsWith(measurement, StringComparison.Ordinal) && each.Contains(tag, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoServersOnPortZero_AreToldApart()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.StartAsync($$"""
            { admin: {port: 0}, loops: 1, routers: [{ protocol: http, label: test, dtab: "/svc => /$/inet/127.0.0.1/{{origin.Port}}",
              servers: [{ port: 0 }, { port: 0 }] }] }
            """);
        await node.GetAsync();

        await node.MetricIsAsync(1, "mesh_server_requests_total", ("server", "127.0.0.1/0"));
        await node.MetricIsAsync(0, "mesh_server_requests_total", ("server", "127.0.0.1/0-2"));
    }

    [Fact]
    public async Task Rejections_HaveASeriesForEachReasonOfARequestOnly()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);

        (_, string text) = await node.AdminAsync("/metrics");

        Assert.Contains("reason=\"missing_host\"", text, StringComparison.Ordinal);
        Assert.Contains("reason=\"other\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("reason=\"none\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("reason=\"invalid_status\"", text, StringComparison.Ordinal);
    }
}
