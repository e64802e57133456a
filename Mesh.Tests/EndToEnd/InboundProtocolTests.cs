using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>What is spoken between two nodes, and with the app behind the second: they need not be the same.</summary>
public sealed class InboundProtocolTests
{
    private const string Ask = "GET /chat HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

    [Fact]
    public async Task ManyRequestsAtOnce_TravelOnOneConnectionBetweenNodes()
    {
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int waiting = 0;
        await using InboundPair pair = await InboundPair.StartAsync(Origin.Scripted(async peer =>
        {
            while (await peer.TryReadRequestAsync() is { } request)
            {
                if (request.Has("x-wait"))
                {
                    if (Interlocked.Increment(ref waiting) == 8) all.SetResult();
                    await all.Task.WaitAsync(Peer.Patience);
                }

                await peer.SendAsync(Origin.Ok("app"));
            }
        }));
        await pair.ReachesAsync("app");

        Message[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => pair.AskAsync("x-wait: 1\r\n")));

        Assert.All(answers, static answer => Assert.Equal((200, "app"), (answer.Status, answer.Text)));
        Assert.Equal(1, pair.Second.Metric("mesh_destination_connects_total", ("destination", "/#/io.mesh.services/web")));
    }

    [Fact]
    public async Task AppOfHttp2_IsSpokenWithInHttp2_FromHereAndFromAnotherNode()
    {
        await using Origin behind = Origin.Answering(static request => Origin.Ok($"app {request["Via"]}"));
        await using TestNode app = await TestNode.BeforeAsync(behind);
        await using Origin place = Origin.Saying("never");
        await using InboundPair pair = await InboundPair.StartAsync(place, top: $"{{name: grpc, id: a, port: {app.Address.Port}, protocol: h2}}");

        await Eventually.HoldsAsync(
            async () => (await pair.Second.GetAsync(host: "grpc")).Text == "app 1.1 mesh, 2 mesh, 2 mesh", () => pair.Second.Log);
        Message own = await pair.First.GetAsync(host: "grpc");

        Assert.Equal("app 1.1 mesh, 2 mesh", own.Text);
    }

    [Theory]
    [InlineData("GET / HTTP/1.0\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost:\r\n\r\n")]
    public async Task RequestThatNamesNoHost_ReachesTheAppBehindTwoNodes(string request)
    {
        Origin app = Origin.Answering(static request => Origin.Ok($"[{request["Host"]}] {request["Via"]}"));
        await using InboundPair pair = await InboundPair.StartAsync(app, router: "identifier: {kind: io.l5d.static, path: /web},");
        await Eventually.HoldsAsync(
            async () => (await pair.Second.GetAsync()).Text.EndsWith("2 mesh", StringComparison.Ordinal), () => pair.Second.Log);
        using Peer client = await pair.Second.ConnectAsync();

        Message answer = await client.AskAsync(request);

        Assert.Equal((200, $"[] {(request.Contains("1.0") ? "1.0" : "1.1")} mesh, 2 mesh"), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task WebSocket_TravelsBetweenNodes_WithEarlyDataAndAHalfClose()
    {
        await using InboundPair pair = await InboundPair.StartAsync(Origin.Scripted(async peer =>
        {
            while (await peer.TryReadHeadAsync() is { } head)
            {
                bool upgrades = head.Contains("Upgrade: websocket", StringComparison.OrdinalIgnoreCase);
                await peer.SendAsync(upgrades ? Http2UpgradeTests.Switch(head) : Origin.Ok("app"));
                if (!upgrades) continue;
                await peer.SendAsync("you said " + await peer.ReadToEndAsync());
                return;
            }
        }));
        await pair.ReachesAsync("app");
        using Peer client = await pair.Second.ConnectAsync();

        await client.SendAsync(Ask + "early");
        Message response = new((await client.TryReadHeadAsync())!, [], "", true);
        await client.SendAsync(" and late");
        client.EndSending();
        string rest = await client.ReadToEndAsync();

        Assert.Equal((101, "websocket"), (response.Status, response["Upgrade"]));
        Assert.Equal("you said early and late", rest);
    }
}
