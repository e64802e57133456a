using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>A reload while requests wait.</summary>
public sealed class RerouteTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

    [Fact]
    public async Task RequestThatWaitsForAPlace_GoesWhereItsNameLeadsByThen()
    {
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Origin before = Origin.Scripted(async peer =>
        {
            while (await peer.TryReadRequestAsync() is not null)
            {
                await release.Task;
                await peer.SendAsync(Origin.Ok("before"));
            }
        });
        await using Origin after = Origin.Saying("after");
        await using TestNode node = await TestNode.StartAsync(Config(before));
        using Peer first = await node.ConnectAsync(), second = await node.ConnectAsync();
        await first.SendAsync(Get);
        await node.MetricIsAsync(1, "mesh_destination_pending_requests");
        await second.SendAsync(Get);
        await node.MetricIsAsync(1, "mesh_destination_concurrency_queued");

        node.Reload(Config(after));
        using Peer third = await node.ConnectAsync();

        // One that still goes where the name led before must not wait there for the release.
        const string brief = "GET / HTTP/1.1\r\nHost: web\r\nl5d-remaining-ms: 100\r\n\r\n";
        await Eventually.HoldsAsync(
            async () => (await third.AskAsync(brief)).Text == "after", () => "the reload did not come into force");
        release.SetResult();

        Assert.Equal("before", (await first.ReadResponseAsync()).Text);
        Message waited = await second.ReadResponseAsync();
        Assert.Equal(200, waited.Status);
    }

    [Fact]
    public async Task HedgingThatIsSwitchedOff_IsNotBegunByARequestThatIsUnderWay()
    {
        await using HedgeRig rig = new();
        rig.AddTwo(async (_, _) =>
        {
            await rig.Release.Task;
            return Origin.Ok("served");
        });
        await using TestNode node = await rig.StartAsync("service: {retries: {hedgeDelayMs: 60000}, faultInjection: [{delayMs: 1000}]}");
        using Peer client = await node.ConnectAsync();
        await client.SendAsync(Get);
        await node.MetricIsAsync(1, "mesh_service_injected_total", ("kind", "delay"));

        node.Reload($$"""
            { admin: {port: 0, shutdownGraceMs: 20000}, loops: 1, {{rig.Names.Config}},
              routers: [{ protocol: http, label: test, dtab: "/svc => /#/io.l5d.fs", servers: [{ port: 0 }],
                service: {faultInjection: [{delayMs: 200, abortStatus: 418, header: X-Drill}]} }] }
            """);
        await rig.SeenAsync(1);
        using Peer clock = await node.ConnectAsync();
        Message later = await clock.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nX-Drill: on\r\n\r\n");
        int seen = rig.Seen.Count;
        rig.Release.SetResult();

        Assert.Equal((418, 1, "served"), (later.Status, seen, (await client.ReadResponseAsync()).Text));
    }

    private static string Config(Origin origin) => $$"""
        { admin: {port: 0}, loops: 1,
          routers: [{ protocol: http, label: test, dtab: "/svc => /$/inet/127.0.0.1/{{origin.Port}}", servers: [{ port: 0 }],
            client: {concurrency: {kind: fixed, maxRequests: 1, maxQueued: 5} }, service: {totalTimeoutMs: 60000} }] }
        """;
}
