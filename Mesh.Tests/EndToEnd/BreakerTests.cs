using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Destinations with several endpoints: who is spared, who rests, who comes back.</summary>
public sealed class BreakerTests
{
    private const string ByFiles = "/svc => /#/io.l5d.fs";
    private const string RestingForADay = "client: {failureAccrual: {backoff: {kind: constant, ms: 86400000}}}";
    private const string RestingShortly = "client: {failureAccrual: {backoff: {kind: constant, ms: 10}}}";

    [Fact]
    public async Task EndpointThatRefuses_CostsNoRequest_AndRestsAfterFiveFailures()
    {
        await using Origin good = Origin.Saying("good");
        using NamesFolder names = new();
        names.Write("web", $"127.0.0.1 {good.Port}\n127.0.0.1 {Ports.Free()}\n");
        await using TestNode node = await TestNode.RoutingAsync(ByFiles, RestingForADay, top: names.Config);
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 40; i++)
        {
            Message response = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
            Assert.Equal((200, "good"), (response.Status, response.Text));
        }

        Assert.Equal((5, 5), (node.Metric("mesh_destination_connect_failures_total"), node.Metric("mesh_destination_requeues_total")));
        Assert.Equal(1, node.Metric("mesh_destination_breaker_deaths_total"));
        Assert.Equal((1, 1), (Endpoints(node, "dead"), Endpoints(node, "alive")));
    }

    [Fact]
    public async Task EndpointThatFails_RestsAfterFiveResponses5xx()
    {
        await using Origin good = Origin.Saying("good");
        await using Origin bad = Origin.Answering(_ => "HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\nbad");
        using NamesFolder names = new();
        names.Write("web", good, bad);
        await using TestNode node = await TestNode.RoutingAsync(ByFiles, RestingForADay, top: names.Config);

        await UntilAsync(node, () => Endpoints(node, "dead") == 1);
        int before = bad.Requests.Count;
        for (int i = 0; i < 20; i++) Assert.Equal("good", (await node.GetAsync()).Text);

        Assert.Equal((5, 5), (before, bad.Requests.Count));
    }

    [Fact]
    public async Task EndpointThatRests_IsProbedAndRevived()
    {
        int port = Ports.Free();
        await using Origin good = Origin.Saying("good");
        using NamesFolder names = new();
        names.Write("web", $"127.0.0.1 {good.Port}\n127.0.0.1 {port}\n");
        await using TestNode node = await TestNode.RoutingAsync(ByFiles, RestingShortly, top: names.Config);
        await UntilAsync(node, () => node.Metric("mesh_destination_breaker_deaths_total") == 1);

        await using Origin back = Origin.Saying("good", port);
        await UntilAsync(node, () => node.Metric("mesh_destination_breaker_revivals_total") == 1);

        Assert.Equal((2, 0), (Endpoints(node, "alive"), Endpoints(node, "dead")));
        Assert.True(node.Metric("mesh_destination_breaker_probes_total") >= 1);
    }

    [Fact]
    public async Task WhenAllRest_OneIsTriedAllTheSame()
    {
        int port = Ports.Free();
        await using TestNode node = await TestNode.RoutingAsync(
            $"/svc => /$/inet/127.0.0.1/{port}", "client: {failureAccrual: {failures: 1, backoff: {kind: constant, ms: 86400000}}}");
        Assert.Equal(502, (await node.GetAsync()).Status);
        await using Origin origin = Origin.Saying("hello", port);

        Assert.Equal("hello", (await node.GetAsync()).Text);
        Assert.True(node.Metric("mesh_destination_fail_open_picks_total") >= 1);
    }

    [Fact]
    public async Task EndpointThatDoesNotAnswer_GetsNoFurtherRequestWhileAnotherDoes()
    {
        TaskCompletionSource answers = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int held = 0;
        await using Origin fast = Origin.Saying("fast");
        await using Origin slow = Origin.Scripted(async peer =>
        {
            while (await peer.TryReadRequestAsync() is not null)
            {
                Interlocked.Increment(ref held);
                await answers.Task;
                await peer.SendAsync(Origin.Ok("slow"));
            }
        });
        using NamesFolder names = new();
        names.Write("web", fast);
        await using TestNode node = await TestNode.RoutingAsync(ByFiles, top: names.Config);
        await node.GetAsync();
        names.Write("web", fast, slow);
        await Eventually.HoldsAsync(() => Endpoints(node, "alive") == 2, () => "the second endpoint never came");

        Task[] clients = [.. Enumerable.Range(0, 4).Select(_ => AskManyAsync(node, 50))];
        await Eventually.HoldsAsync(
            () => clients.Count(each => each.IsCompleted) + Volatile.Read(ref held) == clients.Length, () => "nobody came through\n" + node.Log);
        int heldMeanwhile = Volatile.Read(ref held);
        answers.SetResult();
        await Task.WhenAll(clients).WaitAsync(Peer.Patience);

        // Two loops may look at once, before either's pick is counted; without the load's word all four would be caught.
        Assert.InRange(heldMeanwhile, 0, 2);
    }

    private static double Endpoints(TestNode node, string phase) => node.Metric("mesh_destination_endpoints", ("phase", phase));

    private static async Task<string[]> AskManyAsync(TestNode node, int count)
    {
        using Peer client = await node.ConnectAsync();
        List<string> answers = [];
        while (answers.Count < count) answers.Add((await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n")).Text);
        return [.. answers];
    }

    /// <summary>Sends requests until something holds.</summary>
    private static async Task UntilAsync(TestNode node, Func<bool> holds)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Peer.Patience, "it never held\n" + node.Log);
            await node.GetAsync();
        }
    }
}
