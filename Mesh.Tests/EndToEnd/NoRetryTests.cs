using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Failures that another attempt cannot mend, and requests that must not pay for others' attempts.</summary>
public sealed class NoRetryTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    private const string Error = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";

    [Fact]
    public async Task RefusalByAFullDestination_IsTold_NotTriedAgain()
    {
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Origin slow = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            await release.Task;
            await peer.SendAsync(Origin.Ok("served"));
        });
        await using TestNode node = await TestNode.BeforeAsync(slow, """
            client: {concurrency: {kind: fixed, maxRequests: 1, maxQueued: 0}}, service: {responseClassifier: {kind: io.l5d.http.retryableRead5XX}}
            """);
        using Peer first = await node.ConnectAsync();
        await first.SendAsync(Get);
        await node.MetricIsAsync(1, "mesh_destination_pending_requests");

        Message refused = await node.GetAsync();
        release.SetResult();

        Assert.Equal((503, "true", 200), (refused.Status, refused["l5d-retries-spent"], (await first.ReadResponseAsync()).Status));
        Assert.Equal(1, node.Metric("mesh_destination_concurrency_refused_total", ("reason", "queue_full")));
        Assert.Equal(double.NaN, node.Metric("mesh_service_retries_total"));
    }

    [Fact]
    public async Task BodyThatIsInvalid_IsTheClientsFault_AndNoRetryIsBlamed()
    {
        await using Origin origin = Origin.Scripted(peer => peer.ReadToEndAsync());
        await using TestNode node = await TestNode.BeforeAsync(origin, "service: {responseClassifier: {kind: io.l5d.http.retryableAll5XX}}");
        using Peer client = await node.ConnectAsync();

        Message answer = await client.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nnonsense\r\n");

        Assert.Equal((400, null), (answer.Status, answer["l5d-retries-spent"]));
        Assert.Equal(double.NaN, node.Metric("mesh_service_retry_bodies_not_kept_total"));
    }

    [Fact]
    public async Task RequestThatIsBrokenOffByTheNodesEnd_IsNotSentAgain()
    {
        TaskCompletionSource asked = new();
        await using Origin origin = Origin.Scripted(async (peer, connection) =>
        {
            await peer.ReadRequestAsync();
            asked.TrySetResult();
            await peer.ReadToEndAsync();
        });
        await using TestNode node = await TestNode.StartAsync($$"""
            { admin: {port: 0, shutdownGraceMs: 100}, loops: 1,
              routers: [{ protocol: http, label: test, dtab: "/svc => /$/inet/127.0.0.1/{{origin.Port}}", servers: [{ port: 0 }],
                service: {responseClassifier: {kind: io.l5d.http.retryableRead5XX} } }] }
            """);
        using Peer client = await node.ConnectAsync();
        await client.SendAsync(Get);
        await asked.Task.WaitAsync(Peer.Patience);

        await node.StopAsync().WaitAsync(Peer.Patience);

        Assert.Equal((1, double.NaN), (origin.Connections, node.Metric("mesh_service_retries_total")));
    }

    [Fact]
    public async Task RequestBeyondARate_PaysForNobodysRetry()
    {
        await using Origin bad = Origin.Answering(seen => seen["X-Key"] == "a" ? Origin.Ok("hello") : Error);
        await using TestNode node = await TestNode.BeforeAsync(bad, """
            service: {responseClassifier: {kind: io.l5d.http.retryableRead5XX},
              rateLimits: [{requestsPerSec: 0.001, burst: 1, caller: {kind: header, name: X-Key}}],
              retries: {budget: {minRetriesPerSec: 0, percentCanRetry: 0.2, ttlSecs: 60}}}
            """);
        using Peer client = await node.ConnectAsync();

        int[] statuses = new int[20];
        for (int i = 0; i < statuses.Length; i++) statuses[i] = (await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nX-Key: a\r\n\r\n")).Status;
        Message failed = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nX-Key: b\r\n\r\n");

        Assert.Equal(19, statuses.Count(static status => status == 429));
        Assert.Equal((503, 2), (failed.Status, bad.Requests.Count));
    }

    [Fact]
    public async Task RefusedRequestWhoseBodyIsHere_KeepsItsConnection()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, "service: {rateLimits: [{requestsPerSec: 0.001, burst: 1}]}");
        using Peer client = await node.ConnectAsync();
        await client.AskAsync(Get);

        Message sized = await client.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n\r\nhello");
        Message chunked = await client.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        Message longer = await client.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 500\r\n\r\nhello");

        Assert.Equal((429, 429, 429), (sized.Status, chunked.Status, longer.Status));
        Assert.Equal((null, null, "close"), (sized["Connection"], chunked["Connection"], longer["Connection"]));
    }
}
