using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Requests that are held back or refused so that a destination is not asked more than it bears.</summary>
public sealed class LimitTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

    [Fact]
    public async Task RequestBeyondTheLimitAndTheQueue_IsRefusedAtOnce_AndTheOthersAreServedInTurn()
    {
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Origin slow = Origin.Scripted(async peer =>
        {
            while (await peer.TryReadRequestAsync() is not null)
            {
                await release.Task;
                await peer.SendAsync(Origin.Ok("served"));
            }
        });
        await using TestNode node = await TestNode.BeforeAsync(
            slow, "client: {concurrency: {kind: fixed, maxRequests: 1, maxQueued: 1}}, service: {totalTimeoutMs: 60000}");
        using Peer first = await node.ConnectAsync();
        using Peer second = await node.ConnectAsync();
        using Peer third = await node.ConnectAsync();
        await first.SendAsync(Get);
        await node.MetricIsAsync(1, "mesh_destination_pending_requests");
        await second.SendAsync(Get);
        await node.MetricIsAsync(1, "mesh_destination_concurrency_queued");

        Message refused = await third.AskAsync(Get);
        release.SetResult();

        Assert.Equal((503, "true"), (refused.Status, refused["l5d-retries-spent"]));
        Assert.Contains("maxQueued", refused.Text, StringComparison.Ordinal);
        Assert.InRange(int.Parse(refused["Retry-After"]!, System.Globalization.CultureInfo.InvariantCulture), 1, 30);
        Assert.Equal("served", (await first.ReadResponseAsync()).Text);
        Assert.Equal("served", (await second.ReadResponseAsync()).Text);
        await node.MetricIsAsync(0, "mesh_destination_pending_requests");
        Assert.Equal(1, node.Metric("mesh_destination_concurrency_refused_total", ("reason", "queue_full")));
        Assert.Equal("served", (await third.AskAsync(Get)).Text);
    }

    [Fact]
    public async Task ClientThatLeavesTheQueue_TakesNoPlace()
    {
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Origin slow = Origin.Scripted(async peer =>
        {
            while (await peer.TryReadRequestAsync() is not null)
            {
                await release.Task;
                await peer.SendAsync(Origin.Ok("served"));
            }
        });
        await using TestNode node = await TestNode.BeforeAsync(slow, "client: {concurrency: {kind: fixed, maxRequests: 1, maxQueued: 5}}");
        using Peer first = await node.ConnectAsync();
        await first.SendAsync(Get);
        await node.MetricIsAsync(1, "mesh_destination_pending_requests");
        using (Peer second = await node.ConnectAsync())
        {
            await second.SendAsync(Get);
            await node.MetricIsAsync(1, "mesh_destination_concurrency_queued");
            second.Reset();
        }

        await node.MetricIsAsync(0, "mesh_destination_concurrency_queued");
        release.SetResult();

        Assert.Equal("served", (await first.ReadResponseAsync()).Text);
        Assert.Equal("served", (await first.AskAsync(Get)).Text);
        await node.MetricIsAsync(1, "mesh_server_cancelled_total");
    }

    [Fact]
    public async Task RateLimit_Is429_WithRetryAfter_AndIsSharedByBindingsOfTheSameName()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, "service: {rateLimits: [{requestsPerSec: 0.001, burst: 2}]}");
        using Peer client = await node.ConnectAsync();
        int first = (await client.AskAsync(Get)).Status;
        int overridden = (await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nl5d-dtab: /x => /y\r\n\r\n")).Status;

        Message refused = await client.AskAsync(Get);
        Message elsewhere = await client.AskAsync("GET / HTTP/1.1\r\nHost: other\r\n\r\n");

        Assert.Equal((200, 200, 429, 200), (first, overridden, refused.Status, elsewhere.Status));
        Assert.True(refused.Has("Retry-After"));
        Assert.Contains("/svc/web", refused.Text, StringComparison.Ordinal);
        Assert.Equal(1, node.Metric("mesh_service_rate_limited_total"));
        Assert.Equal(3, origin.Requests.Count);
    }

    [Fact]
    public async Task RateLimitOfCallers_TellsThemApart()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(
            origin, "service: {rateLimits: [{requestsPerSec: 0.001, burst: 1, caller: {kind: header, name: X-Key}}]}");
        using Peer client = await node.ConnectAsync();

        int[] statuses = [await AskAsync("a"), await AskAsync("a"), await AskAsync("b"), await AskAsync("b")];

        Assert.Equal([200, 429, 200, 429], statuses);

        async Task<int> AskAsync(string key) => (await client.AskAsync($"GET / HTTP/1.1\r\nHost: web\r\nX-Key: {key}\r\n\r\n")).Status;
    }

    [Fact]
    public async Task Drill_AnswersInTheBackendsPlace_AndEndsWithAReload()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(
            origin, "service: {faultInjection: [{abortStatus: 500, header: X-Drill, value: 'on'}]}");
        using Peer client = await node.ConnectAsync();

        Message spared = await client.AskAsync(Get);
        Message drilled = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nX-Drill: on\r\n\r\n");

        Assert.Equal((200, 500, "abort"), (spared.Status, drilled.Status, drilled["l5d-fault-injected"]));
        Assert.Single(origin.Requests);
        Assert.Equal(1, node.Metric("mesh_service_injected_total", ("kind", "abort")));
    }

    [Fact]
    public async Task ClientThatIsToldNothingOfTheMesh_IsToldWhenToComeAgain()
    {
        await using Origin origin = Origin.Answering(_ =>
            "HTTP/1.1 503 Service Unavailable\r\nl5d-err: full\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy");
        await using TestNode node = await TestNode.BeforeAsync(
            origin, "service: {rateLimits: [{requestsPerSec: 0.5, burst: 1}]}", "clearContext: true");
        using Peer client = await node.ConnectAsync();

        Message behind = await client.AskAsync(Get);
        Message here = await client.AskAsync(Get);

        Assert.Equal((503, "7", ""), (behind.Status, behind["Retry-After"], behind.Text));
        Assert.Equal((429, "2", ""), (here.Status, here["Retry-After"], here.Text));
        Assert.False(behind.Has("l5d-err") || here.Has("l5d-err"));
    }
}
