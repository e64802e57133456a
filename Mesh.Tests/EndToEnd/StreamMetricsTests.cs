using System.Globalization;
using System.Net;
using System.Text.Json;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>What a node tells of the bodies of requests that came by HTTP/2, and of retries.</summary>
public sealed class StreamMetricsTests
{
    private static readonly string[] s_viewpoints = ["server", "service", "destination"];

    private static readonly (string, string) s_whole = ("end", "whole");
    private static readonly (string, string) s_reset = ("end", "reset");

    [Fact]
    public async Task Call_IsCountedWithItsBytes_FromEveryViewpoint()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, _) => GrpcOrigin.EchoAsync(call));
        await using TestNode node = await GrpcTests.BeforeAsync(origin);
        using GrpcClient client = new(node);

        await client.CallAsync("hello");
        await client.CallAsync("hello again");

        await EndedAsync(node, 2);
        foreach (string viewpoint in s_viewpoints)
        {
            Assert.Equal((2, 26), Bytes(node, $"mesh_{viewpoint}_stream_request_bytes"));
            Assert.Equal((2, 26), Bytes(node, $"mesh_{viewpoint}_stream_response_bytes"));
            Assert.Equal(2, node.Metric($"mesh_{viewpoint}_stream_request_duration_seconds", s_whole));
            Assert.Equal(2, node.Metric($"mesh_{viewpoint}_stream_response_duration_seconds", s_whole));
            Assert.Equal(double.NaN, node.Metric($"mesh_{viewpoint}_stream_duration_seconds", s_reset));
        }

        Assert.Equal(2, node.Metric("mesh_destination_service_stream_duration_seconds", s_whole));
    }

    [Fact]
    public async Task RequestOfHttp1_HasNone()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);

        await node.GetAsync();

        await node.MetricIsAsync(1, "mesh_server_requests_total");
        Assert.DoesNotContain(node.Host.Registry.Families(), family => family.Name.Contains("_stream_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LongBodies_AreCountedWhole_BothWays()
    {
        const int length = 3_000_000;
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, _) => GrpcOrigin.EchoAsync(call));
        await using TestNode node = await GrpcTests.BeforeAsync(origin);
        using HttpClient client = new();
        using HttpRequestMessage request = new(HttpMethod.Put, $"http://{node.Address}/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[length]),
        };
        request.Headers.Host = "web";

        using HttpResponseMessage response = await client.SendAsync(request).WaitAsync(Peer.Patience);

        Assert.Equal(length, (await response.Content.ReadAsByteArrayAsync()).Length);
        await EndedAsync(node, 1);
        Assert.Equal((1, length), Bytes(node, "mesh_server_stream_request_bytes"));
        Assert.Equal((1, length), Bytes(node, "mesh_destination_stream_response_bytes"));
    }

    [Fact]
    public async Task ClientThatLeavesAStream_CountsAsReset_FromEveryViewpoint()
    {
        TaskCompletionSource aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(async (call, _) =>
        {
            await GrpcOrigin.BeginAsync(call);
            await GrpcTests.ForeverAsync(call, aborted);
        });
        await using TestNode node = await GrpcTests.BeforeAsync(origin);
        using GrpcClient client = new(node);
        using (HttpResponseMessage response = await client.SendAsync(new ByteArrayContent(GrpcClient.Frame("hi")), []).WaitAsync(Peer.Patience))
        {
            await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[10]).AsTask().WaitAsync(Peer.Patience);
        }

        await aborted.Task.WaitAsync(Peer.Patience);
        await node.MetricIsAsync(1, "mesh_server_stream_duration_seconds", s_reset);
        foreach (string viewpoint in s_viewpoints)
        {
            Assert.Equal((1, 10), Bytes(node, $"mesh_{viewpoint}_stream_response_bytes"));
            Assert.Equal(1, node.Metric($"mesh_{viewpoint}_stream_request_duration_seconds", s_whole));
            Assert.Equal(1, node.Metric($"mesh_{viewpoint}_stream_response_duration_seconds", s_reset));
            Assert.Equal(1, node.Metric($"mesh_{viewpoint}_stream_duration_seconds", s_reset));
        }
    }

    [Fact]
    public async Task BackendThatResets_CountsAsReset()
    {
        TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(async (call, _) =>
        {
            await GrpcOrigin.BeginAsync(call);
            await seen.Task;
            GrpcOrigin.Reset(call, 0x8);
        });
        await using TestNode node = await GrpcTests.BeforeAsync(origin);
        using GrpcClient client = new(node);

        using HttpResponseMessage response = await client.SendAsync(new ByteArrayContent(GrpcClient.Frame("hi")), []).WaitAsync(Peer.Patience);
        seen.SetResult();
        await Assert.ThrowsAnyAsync<Exception>(() => GrpcClient.ReadAsync(response).WaitAsync(Peer.Patience));

        await node.MetricIsAsync(1, "mesh_server_stream_duration_seconds", s_reset);
        Assert.Equal(1, node.Metric("mesh_destination_stream_response_duration_seconds", s_reset));
        Assert.Equal(double.NaN, node.Metric("mesh_destination_stream_duration_seconds", s_whole));
    }

    [Fact]
    public async Task ServerThatEndsACallEarly_EndsItsStreamInOrder_NotTheRequest()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(static (call, _) => GrpcOrigin.EndEarly(call, 3));
        await using TestNode node = await GrpcTests.BeforeAsync(origin);
        using GrpcClient client = new(node);
        using OpenBody body = new();

        using HttpResponseMessage response = await client.SendAsync(body, []).WaitAsync(Peer.Patience);
        await GrpcClient.ReadAsync(response).WaitAsync(Peer.Patience);

        await EndedAsync(node, 1);
        Assert.Equal(1, node.Metric("mesh_service_stream_request_duration_seconds", s_reset));
        Assert.Equal(1, node.Metric("mesh_destination_stream_duration_seconds", s_whole));
        body.End();
    }

    [Fact]
    public async Task CallThatIsTriedAgain_IsOneStreamOfItsService_AndTwoOfItsDestination()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, number) => GrpcOrigin.EchoAsync(call, number == 1 ? 14 : 0));
        await using TestNode node = await GrpcTests.BeforeAsync(
            origin, "service: {responseClassifier: {kind: io.l5d.h2.grpc.default}, classificationTimeoutMs: 60000}");
        using GrpcClient client = new(node);

        Assert.Equal(0, (await client.CallAsync("hello")).Code);
        Assert.Equal(0, (await client.CallAsync("hello")).Code);

        await EndedAsync(node, 2);
        Assert.Equal((2, 20), Bytes(node, "mesh_service_stream_request_bytes"));
        Assert.Equal((3, 30), Bytes(node, "mesh_destination_stream_request_bytes"));
        Assert.Equal((2, 20), Bytes(node, "mesh_service_stream_response_bytes"));
        Assert.Equal((2, 1), Bytes(node, "mesh_service_retries_per_request"));
    }

    [Fact]
    public async Task UnboundName_HasStreamsOfItsServerOnly()
    {
        await using TestNode node = await TestNode.RoutingAsync("/svc/other => /$/inet/127.0.0.1/1", GrpcTests.H2);
        using HttpClient client = new();
        using HttpRequestMessage request = new(HttpMethod.Get, $"http://{node.Address}/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using HttpResponseMessage response = await client.SendAsync(request).WaitAsync(Peer.Patience);

        await EndedAsync(node, 1);
        Assert.Equal((1, 0), Bytes(node, "mesh_server_stream_request_bytes"));
        Assert.Equal(double.NaN, node.Metric("mesh_server_stream_response_bytes"));
        Assert.Equal(double.NaN, node.Metric("mesh_service_stream_request_bytes"));
    }

    [Theory]
    [InlineData("retryBufferSize: {responseBytes: 1024}, classificationTimeoutMs: 60000", "too_long")]
    [InlineData("classificationTimeoutMs: 20", "timed_out")]
    public async Task ResponseThatIsNotHeld_IsCountedByWhy(string service, string reason)
    {
        TaskCompletionSource read = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(async (call, _) =>
        {
            // A response is held only where its request is whole.
            await call.Request.Body.CopyToAsync(Stream.Null);
            await GrpcOrigin.BeginAsync(call, new string('a', 4_000));
            await read.Task;
            GrpcOrigin.End(call, 0);
        });
        await using TestNode node = await GrpcTests.BeforeAsync(
            origin, $"service: {{responseClassifier: {{kind: io.l5d.h2.grpc.default}}, {service}}}");
        using GrpcClient client = new(node);

        using HttpResponseMessage response = await client.SendAsync(new ByteArrayContent(GrpcClient.Frame("hi")), []).WaitAsync(Peer.Patience);
        read.SetResult();
        await GrpcClient.ReadAsync(response).WaitAsync(Peer.Patience);

        await node.MetricIsAsync(1, "mesh_service_retry_responses_not_held_total", ("reason", reason));
        Assert.Equal(1, node.Metric("mesh_service_retry_responses_not_held_total"));
    }

    [Fact]
    public async Task LinkerdsNames_TellTheSame()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, _) => GrpcOrigin.EchoAsync(call));
        await using TestNode node = await GrpcTests.BeforeAsync(origin);
        using GrpcClient client = new(node);
        await client.CallAsync("hello");
        await EndedAsync(node, 1);

        (_, string text) = await node.AdminAsync("/admin/metrics.json");

        JsonElement metrics = JsonDocument.Parse(text).RootElement;
        string destination = string.Create(CultureInfo.InvariantCulture, $"client/$/inet/127.0.0.1/{origin.Port}");
        foreach (string scope in (string[])["server/127.0.0.1/0", "service/svc/web", destination])
        {
            Assert.Equal(1, Of(scope, "request/stream/stream_success"));
            Assert.Equal(0, Of(scope, "request/stream/stream_failures"));
            Assert.Equal(10, Of(scope, "request/stream/data_bytes.max"));
            Assert.Equal(10, Of(scope, "response/stream/data_bytes.sum"));
            Assert.Equal(1, Of(scope, "response/stream/stream_duration_ms.count"));
            Assert.Equal(1, Of(scope, "stream/total_latency_ms.count"));
            Assert.Equal(0, Of(scope, "stream/stream_failures"));
        }

        Assert.Equal(1, Of(destination + "/service/svc/web", "stream/stream_success"));

        double Of(string scope, string name) => metrics.GetProperty($"rt/test/{scope}/{name}").GetDouble();
    }

    private static Task EndedAsync(TestNode node, int count) => node.MetricIsAsync(count, "mesh_server_stream_duration_seconds", s_whole);

    private static (long Count, double Sum) Bytes(TestNode node, string name)
    {
        Mesh.Wire.Metrics.Histogram histogram = node.Host.Registry.Families().Single(family => family.Name == name).Series
            .Select(series => (Mesh.Wire.Metrics.Histogram)series.Instrument).Single();
        return (histogram.Count, histogram.Snapshot().Sum);
    }
}
