using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>gRPC calls that are made again: by their trailers, within what may be held back.</summary>
public sealed class GrpcRetryTests
{
    private const string Default = "service: {responseClassifier: {kind: io.l5d.h2.grpc.default}}";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task UnaryCallThatIsUnavailable_IsMadeAgain_ThoughItsHeadWasGood(bool trailersOnly)
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, number) =>
            number > 1 ? GrpcOrigin.EchoAsync(call) : trailersOnly ? GrpcOrigin.TrailersOnlyAsync(call, 14) : GrpcOrigin.EchoAsync(call, 14));
        await using TestNode node = await GrpcTests.BeforeAsync(origin, Default);
        using GrpcClient client = new(node);

        GrpcResult result = await client.CallAsync("hello");

        Assert.Equal((0, "hello"), (result.Code, result.Text));
        Assert.Equal(2, origin.Calls.Count);
        Assert.Equal(1, node.Metric("mesh_service_retries_total"));
    }

    [Theory]
    [InlineData("default", 14, 6)]
    [InlineData("default", 8, 1)]
    [InlineData("compliant", 14, 6)]
    [InlineData("alwaysRetryable", 3, 6)]
    [InlineData("neverRetryable", 14, 1)]
    [InlineData("retryableStatusCodes, retryableStatusCodes: [8, 10]", 10, 6)]
    [InlineData("retryableStatusCodes, retryableStatusCodes: [8, 10]", 14, 1)]
    public async Task Classifier_SaysWhichStatusesAreTriedAgain(string kind, int status, int times)
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, _) => GrpcOrigin.TrailersOnlyAsync(call, status));
        await using TestNode node = await GrpcTests.BeforeAsync(origin, $"service: {{responseClassifier: {{kind: io.l5d.h2.grpc.{kind}}}}}");
        using GrpcClient client = new(node);

        GrpcResult result = await client.CallAsync("hello");

        Assert.Equal(status, result.Code);
        Assert.Equal(times, origin.Calls.Count);
        Assert.Equal(times > 1 ? "true" : null, result.Of("l5d-retries-spent"));
    }

    [Theory]
    [InlineData("default", 1)]
    [InlineData("compliant", 2)]
    public async Task HttpStatusWithoutGrpcStatus_IsTriedAgainByTheCompliantClassifier(string kind, int times)
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(async (call, number) =>
        {
            if (number > 1) await GrpcOrigin.EchoAsync(call);
            else call.Response.StatusCode = 503;
        });
        await using TestNode node = await GrpcTests.BeforeAsync(origin, $"service: {{responseClassifier: {{kind: io.l5d.h2.grpc.{kind}}}}}");
        using GrpcClient client = new(node);

        GrpcResult result = await client.CallAsync("hello");

        Assert.Equal((times == 1 ? 503 : 200, times), (result.Http, origin.Calls.Count));
    }

    /// <summary>By what its reset stands for: 0x2 is INTERNAL, as where it comes before the head.</summary>
    [Theory]
    [InlineData(0x7, "default")]
    [InlineData(0x2, "retryableStatusCodes, retryableStatusCodes: [13]")]
    public async Task ResponseThatBreaksBeforeItsStatus_IsMadeAgain(int reset, string kind)
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(async (call, number) =>
        {
            if (number > 1)
            {
                await GrpcOrigin.EchoAsync(call);
                return;
            }

            // A response is held only when the request is all there.
            await call.Request.Body.CopyToAsync(Stream.Null);
            await GrpcOrigin.BeginAsync(call, "half");
            GrpcOrigin.Reset(call, reset);
        });
        await using TestNode node = await GrpcTests.BeforeAsync(
            origin, $"service: {{responseClassifier: {{kind: io.l5d.h2.grpc.{kind}}}, classificationTimeoutMs: 20000}}");
        using GrpcClient client = new(node);

        GrpcResult result = await client.CallAsync("hello");

        Assert.Equal((0, "hello"), (result.Code, result.Text));
    }

    /// <summary>The backend said CANCEL while its response was held back; that became UNAVAILABLE, which is tried again.</summary>
    [Theory]
    [InlineData(0x8, 1)]
    [InlineData(0x2, 13)]
    public async Task ResponseThatIsResetWhileItIsHeld_IsWhatTheResetSays(int reset, int status)
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(async (call, _) =>
        {
            // A response is held only when the request is all there.
            await call.Request.Body.CopyToAsync(Stream.Null);
            await GrpcOrigin.BeginAsync(call, "half");
            GrpcOrigin.Reset(call, reset);
        });
        await using TestNode node = await GrpcTests.BeforeAsync(
            origin, "service: {responseClassifier: {kind: io.l5d.h2.grpc.default}, classificationTimeoutMs: 20000}");
        using GrpcClient client = new(node);

        GrpcResult result = await client.CallAsync("hello");

        Assert.Equal(status, result.Code);
        Assert.Single(origin.Calls);
    }

    [Fact]
    public async Task ResponseThatIsLongerThanIsHeld_IsFinal()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(async (call, _) =>
        {
            call.Response.ContentType = "application/grpc";
            for (int i = 0; i < 20; i++) await call.Response.Body.WriteAsync(GrpcClient.Frame(new string('x', 50_000)));
            GrpcOrigin.End(call, 14);
        });
        await using TestNode node = await GrpcTests.BeforeAsync(
            origin,
            "service: {responseClassifier: {kind: io.l5d.h2.grpc.default}, retryBufferSize: {responseBytes: 100}, classificationTimeoutMs: 60000}");
        using GrpcClient client = new(node);

        GrpcResult result = await client.CallAsync("hello");

        Assert.Equal((14, 1_000_000), (result.Code, result.Text.Length));
        Assert.Single(origin.Calls);
    }

    [Fact]
    public async Task StreamOfAServer_PassesWhileItIsHeldNoLonger()
    {
        TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(async (call, _) =>
        {
            await GrpcOrigin.BeginAsync(call);
            await seen.Task;
            GrpcOrigin.End(call, 14);
        });
        await using TestNode node = await GrpcTests.BeforeAsync(origin, Default);
        using GrpcClient client = new(node);

        using HttpResponseMessage head = await client.SendAsync(new ByteArrayContent(GrpcClient.Frame("hello")), []).WaitAsync(Peer.Patience);
        seen.SetResult();
        GrpcResult result = await GrpcClient.ReadAsync(head).WaitAsync(Peer.Patience);

        Assert.Equal((14, "first"), (result.Code, result.Text));
        Assert.Single(origin.Calls);
    }

    [Fact]
    public async Task NegativePushback_ForbidsAnotherTry()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync(
            (call, _) => GrpcOrigin.TrailersOnlyAsync(call, 14, ("grpc-retry-pushback-ms", "-1")));
        await using TestNode node = await GrpcTests.BeforeAsync(origin, Default);
        using GrpcClient client = new(node);

        GrpcResult result = await client.CallAsync("hello");

        Assert.Equal(14, result.Code);
        Assert.Single(origin.Calls);
    }

    [Fact]
    public async Task RefusedStream_IsSentAgain_WithoutAClassifier()
    {
        await using GrpcOrigin origin = await GrpcOrigin.StartAsync((call, number) =>
        {
            if (number > 1) return GrpcOrigin.EchoAsync(call);
            GrpcOrigin.Reset(call, 0x7);
            return Task.CompletedTask;
        });
        await using TestNode node = await GrpcTests.BeforeAsync(origin);
        using GrpcClient client = new(node);

        GrpcResult result = await client.CallAsync("hello");

        Assert.Equal((0, "hello"), (result.Code, result.Text));
        Assert.Equal(1, node.Metric("mesh_destination_requeues_total"));
    }
}
