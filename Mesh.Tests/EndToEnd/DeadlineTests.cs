using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Requests whose time is over while they wait for something other than a response.</summary>
public sealed class DeadlineTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

    [Fact]
    public async Task AttemptWhoseBodyNobodyTakes_EndsWithItsTime()
    {
        await using Origin deaf = Origin.Scripted(async peer =>
        {
            await peer.TryReadHeadAsync();
            await peer.ReadAsync(1);
            await new TaskCompletionSource().Task;
        });
        await using TestNode node = await TestNode.BeforeAsync(deaf, "client: {requestAttemptTimeoutMs: 500}");
        using Peer client = await node.ConnectAsync();
        byte[] body = new byte[32 * 1024 * 1024];

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: {body.Length}\r\n\r\n");
        Task sending = client.SendAsync(body);
        Message answer = await client.ReadResponseAsync().WaitAsync(Peer.Patience / 2);

        Assert.Equal(503, answer.Status);
        Assert.Contains("did not answer in time: requestAttemptTimeoutMs is ", answer.Text, StringComparison.Ordinal);
        client.Dispose();

        // The node may have taken all of it in while it closed, or not.
        await Record.ExceptionAsync(() => sending);
    }

    [Fact]
    public async Task DrillThatDelays_EndsWithTheRequestsTime()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, "service: {totalTimeoutMs: 100, faultInjection: [{delayMs: 120000}]}");

        Message answer = await node.GetAsync().WaitAsync(Peer.Patience / 2);

        Assert.Equal(503, answer.Status);
        Assert.Contains("totalTimeoutMs", answer.Text, StringComparison.Ordinal);
        Assert.Empty(origin.Requests);
    }

    [Fact]
    public async Task AttemptThatWaitedForAConnection_HasItsWholeTimeOnceItIsSent()
    {
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
            await release.Task;
            await peer.SendAsync("first");
            await peer.SendAsync(Origin.Ok((await peer.ReadRequestAsync())["l5d-remaining-ms"]!));
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, """
            client: {requestAttemptTimeoutMs: 300, connectTimeoutMs: 60000, hostConnectionPool: {maxSize: 1}},
            service: {faultInjection: [{delayMs: 600, abortStatus: 418, header: X-Drill, value: 'on'}]}
            """);
        using Peer first = await node.ConnectAsync(), second = await node.ConnectAsync();
        await first.SendAsync(Get);
        await first.TryReadHeadAsync();
        await second.SendAsync(Get);
        await node.MetricIsAsync(2, "mesh_destination_pending_requests");

        Message later = await (await node.ConnectAsync()).AskAsync("GET / HTTP/1.1\r\nHost: web\r\nX-Drill: on\r\n\r\n");
        release.SetResult();
        Message answer = await second.ReadResponseAsync();

        Assert.Equal((418, 200), (later.Status, answer.Status));
        Assert.NotEqual("0", answer.Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EndpointThatOutlastsItsCallers_IsBlamedForNothing_ButKnownAsSlow(bool callersTellTheirTime)
    {
        int hung = 0;
        await using Origin slow = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            Interlocked.Increment(ref hung);
            await peer.ReadToEndAsync();
        });
        await using Origin fast = Origin.Saying("fast");
        using NamesFolder names = new();
        names.Write("web", slow, fast);
        await using TestNode node = await TestNode.RoutingAsync(
            "/svc => /#/io.l5d.fs",
            "client: {loadBalancer: {kind: ewma}}, service: {faultInjection: [{delayMs: 30, abortStatus: 418, header: X-Drill}]}", top: names.Config);
        using Peer clock = await node.ConnectAsync();

        for (int i = 0; i < 40; i++)
        {
            using Peer client = await node.ConnectAsync();
            int before = Volatile.Read(ref hung);
            await client.SendAsync($"GET / HTTP/1.1\r\nHost: web\r\n{(callersTellTheirTime ? "l5d-remaining-ms: 30\r\n" : "")}\r\n");
            if (!callersTellTheirTime) await clock.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nX-Drill: on\r\n\r\n");
            if (callersTellTheirTime || Volatile.Read(ref hung) == before) await client.ReadResponseAsync();
            else client.Reset();
        }

        // A handful on an idle machine; half where the machine makes the fast one as slow; nearly all if nothing were learnt.
        Assert.InRange(hung, 0, 30);
        Assert.Equal(0, node.Metric("mesh_destination_failures_total"));
    }
}
