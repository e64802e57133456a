using System.Net;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>gRPC calls through a node: how they are judged, timed, and answered when the mesh cannot serve them.</summary>
public sealed class GrpcTests
{
    internal const string H2 = "client: {protocol: h2}";

    [Fact]
    public async Task Call_IsJudgedByItsTrailers()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, number) => GrpcOrigin.EchoAsync(call, number == 1 ? 0 : 13, "broken"));
        await using TestNode node = await BeforeAsync(origin);
        using GrpcClient client = new(node);

        GrpcResult good = await client.CallAsync("hello");
        GrpcResult bad = await client.CallAsync("hello");

        Assert.Equal((200, 0, "hello"), (good.Http, good.Code, good.Text));
        Assert.Equal((200, 13, "broken"), (bad.Http, bad.Code, bad.Message));
        await node.MetricIsAsync(1, "mesh_service_success_total", ("service", "/svc/web"));
        await node.MetricIsAsync(1, "mesh_service_failures_total", ("service", "/svc/web"));
        await node.MetricIsAsync(1, "mesh_destination_failures_total");
        Assert.Equal(1, node.Metric("mesh_service_grpc_calls_total", ("grpc_status", "OK")));
        Assert.Equal(1, node.Metric("mesh_service_grpc_calls_total", ("grpc_status", "INTERNAL")));
    }

    [Theory]
    [InlineData("", 5, 1)]
    [InlineData("", 14, 0)]
    [InlineData("responseClassifier: {kind: io.l5d.h2.grpc.neverRetryable}", 5, 0)]
    [InlineData("responseClassifier: {kind: io.l5d.h2.grpc.neverRetryable, successStatusCodes: [0, 5]}", 5, 1)]
    [InlineData("responseClassifier: {kind: io.l5d.http.allSuccessful}", 14, 1)]
    public async Task Classifier_SaysWhichStatusesAreSuccesses(string service, int status, int successes)
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, _) => GrpcOrigin.TrailersOnlyAsync(call, status));
        await using TestNode node = await BeforeAsync(origin, $"service: {{{service}}}");
        using GrpcClient client = new(node);

        GrpcResult result = await client.CallAsync("hello");

        Assert.Equal(status, result.Code);
        Assert.Equal(successes == 1 ? "1.0" : "0.0", result.Of("l5d-success-class"));
        await node.MetricIsAsync(successes, "mesh_service_success_total", ("service", "/svc/web"));
    }

    [Fact]
    public async Task Failures_TakeTheEndpointOut()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, _) => GrpcOrigin.EchoAsync(call, 14));
        await using TestNode node = await BeforeAsync(origin);
        using GrpcClient client = new(node);

        for (int i = 0; i < 5; i++) Assert.Equal(14, (await client.CallAsync("hello")).Code);

        await node.MetricIsAsync(1, "mesh_destination_breaker_deaths_total");
    }

    [Fact]
    public async Task Pushback_SparesTheEndpoint()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(
            (call, _) => GrpcOrigin.TrailersOnlyAsync(call, 14, ("grpc-retry-pushback-ms", "5000")));
        await using TestNode node = await BeforeAsync(origin);
        using GrpcClient client = new(node);

        GrpcResult result = await client.CallAsync("hello");

        Assert.Equal("5000", result.Of("grpc-retry-pushback-ms"));
        await node.MetricIsAsync(1, "mesh_destination_pushbacks_total");
    }

    [Fact]
    public async Task TimeThatIsLeft_GoesOn_AndIsLessThanCame()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, _) => GrpcOrigin.EchoAsync(call));
        await using TestNode node = await BeforeAsync(origin);
        using GrpcClient client = new(node);

        await client.CallAsync("hello", ("grpc-timeout", "20S"));
        await client.CallAsync("hello");

        string left = origin.Calls[0]["grpc-timeout"].ToString();
        Assert.EndsWith("u", left, StringComparison.Ordinal);
        Assert.InRange(int.Parse(left[..^1], System.Globalization.CultureInfo.InvariantCulture), 1_000_000, 19_999_999);
        Assert.False(origin.Calls[1].ContainsKey("grpc-timeout"));
    }

    [Fact]
    public async Task TimeThatPasses_IsToldAsDeadlineExceeded_AndTheBackendIsToldToStop()
    {
        TaskCompletionSource aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(
            (call, number) => number == 1 ? GrpcOrigin.EchoAsync(call) : ForeverAsync(call, aborted));
        await using TestNode node = await BeforeAsync(origin);
        using GrpcClient client = new(node);
        await client.CallAsync("a connection is there");

        GrpcResult result = await client.CallAsync("hello", ("grpc-timeout", "500m"));

        Assert.Equal((200, 4), (result.Http, result.Code));
        Assert.Contains("grpc-timeout", result.Message, StringComparison.Ordinal);
        await aborted.Task.WaitAsync(Peer.Patience);
        Assert.Equal(0, node.Metric("mesh_destination_breaker_deaths_total"));
    }

    [Fact]
    public async Task TimeThatPassesWhileMessagesStream_EndsThemWithDeadlineExceeded()
    {
        TaskCompletionSource aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(async (call, _) =>
        {
            await GrpcOrigin.BeginAsync(call);
            await ForeverAsync(call, aborted);
        });
        await using TestNode node = await BeforeAsync(origin);
        using GrpcClient client = new(node);

        GrpcResult result = await client.CallAsync("hello", ("grpc-timeout", "300m"));

        Assert.Equal(("first", 4), (result.Text, result.Code));
        await aborted.Task.WaitAsync(Peer.Patience);
    }

    [Fact]
    public async Task FaultOfTheMesh_IsAGrpcStatus()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, _) => GrpcOrigin.EchoAsync(call));
        await using TestNode node = await TestNode.RoutingAsync("/svc => /$/inet/127.0.0.1/1", H2);
        using GrpcClient client = new(node);

        GrpcResult result = await client.CallAsync("hello");

        Assert.Equal((200, 14), (result.Http, result.Code));
        Assert.StartsWith("Unable to establish connection to 127.0.0.1:1", result.Message, StringComparison.Ordinal);
        Assert.StartsWith("Unable+to+establish", result.Of("l5d-err"), StringComparison.Ordinal);
        Assert.Equal("true", result.Of("l5d-retryable"));
        await node.MetricIsAsync(1, "mesh_service_grpc_calls_total", ("grpc_status", "UNAVAILABLE"));
    }

    [Fact]
    public async Task RateLimit_IsResourceExhausted_AndTellsWhenToComeAgain()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, _) => GrpcOrigin.EchoAsync(call));
        await using TestNode node = await BeforeAsync(origin, "service: {rateLimits: [{requestsPerSec: 0.1, burst: 1}]}");
        using GrpcClient client = new(node);

        await client.CallAsync("hello");
        GrpcResult result = await client.CallAsync("hello");

        Assert.Equal(8, result.Code);
        Assert.Equal("000", result.Of("grpc-retry-pushback-ms")?[^3..]);
    }

    [Fact]
    public async Task ErrorOfHttp_PassesAsItIs()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, _) =>
        {
            call.Response.StatusCode = 503;
            return call.Response.WriteAsync("busy");
        });
        await using TestNode node = await BeforeAsync(origin);
        using GrpcClient client = new(node);

        using HttpResponseMessage response = await client.SendAsync(new ByteArrayContent(GrpcClient.Frame("hello")), []);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("busy", await response.Content.ReadAsStringAsync());
        await node.MetricIsAsync(1, "mesh_service_grpc_calls_total", ("grpc_status", "UNAVAILABLE"));
    }

    internal static Task<TestNode> BeforeAsync(GrpcOrigin origin, string router = "") =>
        TestNode.RoutingAsync($"/svc => /$/inet/127.0.0.1/{origin.Port}", router.Length == 0 ? H2 : $"{H2}, {router}");

    /// <summary>Says nothing until its caller leaves.</summary>
    internal static async Task ForeverAsync(HttpContext call, TaskCompletionSource aborted)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, call.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            aborted.TrySetResult();
        }
    }
}
