using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>gRPC calls whose messages go both ways while they last, and what ends them early.</summary>
public sealed class GrpcStreamTests
{
    [Fact]
    public async Task MessagesGoBothWays_OneAtATime()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(PingPongAsync);
        await using TestNode node = await GrpcTests.BeforeAsync(origin, "service: {responseClassifier: {kind: io.l5d.h2.grpc.default}}");
        using GrpcClient client = new(node);
        using OpenBody body = new();

        Task<HttpResponseMessage> calling = client.SendAsync(body, []);
        await body.WriteAsync("one");
        using HttpResponseMessage response = await calling.WaitAsync(Peer.Patience);
        await using Stream answers = await response.Content.ReadAsStreamAsync();
        string first = await ReadAsync(answers, 3);
        await body.WriteAsync("two");
        string second = await ReadAsync(answers, 3);
        body.End();
        int end = await answers.ReadAsync(new byte[1]).AsTask().WaitAsync(Peer.Patience);

        Assert.Equal(("one", "two", 0), (first, second, end));
        Assert.Equal("0", response.TrailingHeaders.GetValues("grpc-status").Single());
        await node.MetricIsAsync(1, "mesh_service_grpc_calls_total", ("grpc_status", "OK"));
    }

    [Fact]
    public async Task ClientThatCancels_CancelsTheBackendsStream_AndIsNoFailure()
    {
        TaskCompletionSource aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, _) =>
        {
            begun.SetResult();
            return GrpcTests.ForeverAsync(call, aborted);
        });
        await using TestNode node = await GrpcTests.BeforeAsync(origin);
        using GrpcClient client = new(node);
        using CancellationTokenSource cancel = new();
        using OpenBody body = new();

        Task<HttpResponseMessage> calling = client.SendAsync(body, [], cancel.Token);
        await begun.Task.WaitAsync(Peer.Patience);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calling);
        await aborted.Task.WaitAsync(Peer.Patience);
        await node.MetricIsAsync(1, "mesh_server_cancelled_total");
        Assert.Equal(0, node.Metric("mesh_service_failures_total", ("service", "/svc/web")));
    }

    [Fact]
    public async Task ServerThatEndsEarly_EndsTheUpload()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(static (call, _) => GrpcOrigin.EndEarly(call, 3));
        await using TestNode node = await GrpcTests.BeforeAsync(origin);
        using GrpcClient client = new(node);
        using OpenBody body = new();

        using HttpResponseMessage response = await client.SendAsync(body, []).WaitAsync(Peer.Patience);

        Assert.Equal(3, (await GrpcClient.ReadAsync(response).WaitAsync(Peer.Patience)).Code);
        await node.MetricIsAsync(1, "mesh_service_grpc_calls_total", ("grpc_status", "INVALID_ARGUMENT"));
        body.End();
    }

    [Theory]
    [InlineData(0x8, 0x8, "CANCELLED")]
    [InlineData(0xB, 0xB, "RESOURCE_EXHAUSTED")]
    [InlineData(0x1, 0x2, "INTERNAL")]
    public async Task ResetOfTheBackend_IsPassedOn(int code, int passed, string status)
    {
        TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(async (call, _) =>
        {
            await GrpcOrigin.BeginAsync(call);
            await seen.Task;
            GrpcOrigin.Reset(call, code);
        });
        await using TestNode node = await GrpcTests.BeforeAsync(origin);
        using GrpcClient client = new(node);

        using HttpResponseMessage response = await client.SendAsync(new ByteArrayContent(GrpcClient.Frame("hello")), []).WaitAsync(Peer.Patience);
        seen.SetResult();
        Exception broken = await Assert.ThrowsAnyAsync<Exception>(() => GrpcClient.ReadAsync(response).WaitAsync(Peer.Patience));

        HttpProtocolException reset = Assert.IsType<HttpProtocolException>(broken.InnerException ?? broken, exactMatch: false);
        Assert.Equal(passed, reset.ErrorCode);
        await node.MetricIsAsync(1, "mesh_service_grpc_calls_total", ("grpc_status", status));
        await node.MetricIsAsync(1, "mesh_service_failures_total", ("service", "/svc/web"));
    }

    [Fact]
    public async Task BackendThatIsGoneWithinACall_IsToldInTrailers()
    {
        TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(async (call, _) =>
        {
            await GrpcOrigin.BeginAsync(call);
            await seen.Task;
            call.Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort();
        });
        await using TestNode node = await GrpcTests.BeforeAsync(origin);
        using GrpcClient client = new(node);

        using HttpResponseMessage response = await client.SendAsync(new ByteArrayContent(GrpcClient.Frame("hello")), []).WaitAsync(Peer.Patience);
        seen.SetResult();
        GrpcResult result = await GrpcClient.ReadAsync(response).WaitAsync(Peer.Patience);

        Assert.Equal(("first", 14), (result.Text, result.Code));
        Assert.Contains("broke off", result.Message, StringComparison.Ordinal);
        await node.MetricIsAsync(1, "mesh_service_failures_total", ("service", "/svc/web"));
    }

    private static async Task PingPongAsync(HttpContext call, int number)
    {
        call.Response.ContentType = "application/grpc";
        byte[] buffer = new byte[256];
        while (await call.Request.Body.ReadAsync(buffer) is > 0 and int count)
        {
            await call.Response.Body.WriteAsync(buffer.AsMemory(0, count));
            await call.Response.Body.FlushAsync();
        }

        GrpcOrigin.End(call, 0);
    }

    private static async Task<string> ReadAsync(Stream stream, int length)
    {
        byte[] message = new byte[5 + length];
        await stream.ReadExactlyAsync(message).AsTask().WaitAsync(Peer.Patience);
        return Encoding.ASCII.GetString(message, 5, length);
    }
}
