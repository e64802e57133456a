using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Slow requests that are sent to a second endpoint too: who serves, and what becomes of the other.</summary>
public sealed class HedgeTests : IAsyncDisposable
{
    private const string Get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    private const string Error = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";
    private readonly HedgeRig _rig = new();

    [Fact]
    public async Task SlowEndpoint_IsOvertaken_AndItsConnectionClosed()
    {
        Origin slow = _rig.Add((_, _) => Task.FromResult<string?>(null));
        Origin fast = _rig.Add((_, _) => Task.FromResult<string?>(Origin.Ok("fast")));
        await using TestNode node = await _rig.StartAsync();
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 10; i++) Assert.Equal((200, "fast"), Of(await client.AskAsync(Get)));

        int hedged = _rig.Seen.Count - 10;
        Assert.InRange(hedged, 1, 10);
        Assert.Equal(hedged, slow.Connections);
        Assert.Equal(1, fast.Connections);
        await Eventually.HoldsAsync(() => _rig.Lost == hedged, () => $"{_rig.Lost} of {hedged} connections that lost have ended");
        await node.MetricIsAsync(hedged, "mesh_service_hedges_total", ("service", "/svc/web"));
        await node.MetricIsAsync(hedged, "mesh_service_hedge_wins_total");
        await node.MetricIsAsync(10, "mesh_destination_success_total");
        Assert.Equal(0, node.Metric("mesh_destination_failures_total"));
        await HedgeRig.IsAtRestAsync(node);
    }

    [Fact]
    public async Task BalancerLearns_ThatTheOvertakenEndpointIsSlow()
    {
        Origin slow = _rig.Add((_, _) => Task.FromResult<string?>(null));
        Origin fast = _rig.Add((_, _) => Task.FromResult<string?>(Origin.Ok("fast")));
        _rig.Names.Write("warm", fast);
        await using TestNode node = await _rig.StartAsync("service: {retries: {hedgeDelayMs: 500}}, client: {loadBalancer: {kind: ewma}}");
        using Peer client = await node.ConnectAsync();
        await node.GetAsync(host: "warm");

        for (int i = 0; i < 30; i++) Assert.Equal((200, "fast"), Of(await client.AskAsync(Get)));

        Assert.InRange(slow.Connections, 0, 5);
    }

    [Fact]
    public async Task FirstAttemptThatAnswersAfterAll_Serves_AndTheSecondIsAborted()
    {
        _rig.AddTwo(async (number, _) =>
        {
            if (number == 1) await _rig.SeenAsync(2);
            return number == 1 ? Origin.Ok("first") : null;
        });
        await using TestNode node = await _rig.StartAsync();

        Message answer = await node.GetAsync();

        Assert.Equal((200, "first"), Of(answer));
        await Eventually.HoldsAsync(() => _rig.Lost == 1, () => "the second connection is open");
        await node.MetricIsAsync(1, "mesh_service_hedges_total");
        Assert.Equal(double.NaN, node.Metric("mesh_service_hedge_wins_total"));
        await HedgeRig.IsAtRestAsync(node);
    }

    [Fact]
    public async Task FirstAttemptThatFailsMeanwhile_WaitsForTheSecond()
    {
        await using Origin other = Origin.Saying("other");
        _rig.AddTwo(async (number, _) =>
        {
            if (number == 1) await _rig.SeenAsync(2);
            if (number == 1) return Error;
            await _rig.Release.Task;
            return Origin.Ok("second");
        });
        _rig.Names.Write("other", other);
        await using TestNode node = await _rig.StartAsync();
        Task<Message> asking = node.GetAsync();

        await Eventually.HoldsAsync(() => _rig.Answered == 1, () => "the first has not answered");
        // The node has one loop: once this is answered, it has read what came before.
        Assert.Equal(200, (await node.GetAsync(host: "other")).Status);
        _rig.Release.SetResult();

        Assert.Equal((200, "second"), Of(await asking));
        await node.MetricIsAsync(1, "mesh_service_hedge_wins_total");
        await node.MetricIsAsync(1, "mesh_destination_failures_total");
        await HedgeRig.IsAtRestAsync(node);
    }

    [Fact]
    public async Task SecondAttemptThatFails_LeavesTheFirstToServe()
    {
        _rig.AddTwo(async (number, _) =>
        {
            if (number == 2) return Error;
            await _rig.Release.Task;
            return Origin.Ok("first");
        });
        await using TestNode node = await _rig.StartAsync();
        Task<Message> asking = node.GetAsync();

        await node.MetricIsAsync(1, "mesh_destination_failures_total");
        _rig.Release.SetResult();

        Assert.Equal((200, "first"), Of(await asking));
        Assert.Equal(double.NaN, node.Metric("mesh_service_hedge_wins_total"));
        await HedgeRig.IsAtRestAsync(node);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy")]
    public async Task BothThatFail_AreOneFailure(string failure)
    {
        _rig.AddTwo(async (_, _) =>
        {
            await _rig.SeenAsync(2);
            return failure;
        });
        await using TestNode node = await _rig.StartAsync();
        using Peer client = await node.ConnectAsync();

        Message answer = await client.AskAsync(Get);

        Assert.Equal(failure.Length == 0 ? 502 : 503, answer.Status);
        Assert.Equal(2, _rig.Seen.Count);
        await node.MetricIsAsync(2, "mesh_destination_failures_total");
        await node.MetricIsAsync(1, "mesh_service_failures_total");
        await HedgeRig.IsAtRestAsync(node);
    }

    [Fact]
    public async Task BodyOfAnIdempotentRequest_IsSentToBoth()
    {
        _rig.AddTwo((number, request) => Task.FromResult(number == 1 ? null : Origin.Ok(request.Text)));
        await using TestNode node = await _rig.StartAsync();
        using Peer client = await node.ConnectAsync();
        string body = new('b', 30_000);

        await client.SendAsync("PUT / HTTP/1.1\r\nHost: web\r\nContent-Length: 30000\r\n\r\n");
        await client.SendAsync(body[..100]);
        await client.SendAsync(body[100..]);
        Message answer = await client.ReadResponseAsync();

        Assert.Equal((200, body), Of(answer));
        Assert.All(_rig.Seen, seen => Assert.Equal(body, seen.Text));
        await HedgeRig.IsAtRestAsync(node);
    }

    [Fact]
    public async Task Places_AreGivenBack_AndNoneIsWaitedFor()
    {
        Origin slow = _rig.Add((_, _) => Task.FromResult<string?>(null));
        _rig.Add((_, _) => Task.FromResult<string?>(Origin.Ok("fast")));
        await using TestNode node = await _rig.StartAsync(
            "service: {retries: {hedgeDelayMs: 20}}, "
            + "client: {loadBalancer: {kind: roundRobin}, concurrency: {kind: fixed, maxRequests: 2, maxQueued: 0}}");
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 20; i++) Assert.Equal((200, "fast"), Of(await client.AskAsync(Get)));

        Assert.InRange(slow.Connections, 1, 20);
        await HedgeRig.IsAtRestAsync(node);
    }

    [Fact]
    public async Task ClientThatLeaves_EndsBoth()
    {
        _rig.AddTwo((_, _) => Task.FromResult<string?>(null));
        await using TestNode node = await _rig.StartAsync();
        using Peer client = await node.ConnectAsync();
        await client.SendAsync(Get);
        await _rig.SeenAsync(2);

        client.Reset();

        await Eventually.HoldsAsync(() => _rig.Lost == 2, () => $"{_rig.Lost} of 2 connections have ended");
        await HedgeRig.IsAtRestAsync(node);
        Assert.Equal(0, node.Metric("mesh_destination_failures_total"));
    }

    [Fact]
    public async Task AttemptTimeout_HoldsForEach()
    {
        _rig.AddTwo((_, _) => Task.FromResult<string?>(null));
        await using TestNode node = await _rig.StartAsync("service: {retries: {hedgeDelayMs: 50}}, client: {requestAttemptTimeoutMs: 1000}");

        Message answer = await node.GetAsync();

        Assert.Equal(503, answer.Status);
        await node.MetricIsAsync(2, "mesh_destination_failures_total");
        await HedgeRig.IsAtRestAsync(node);
    }

    [Fact]
    public async Task SecondAttemptThatStillWaitsForAConnection_GivesEverythingBackWhenItIsNotNeeded()
    {
        TaskCompletionSource held = new();
        _rig.AddTwo(async (number, _) =>
        {
            if (number == 1) await _rig.Release.Task;
            else await held.Task;
            return Origin.Ok($"{number}");
        });
        await using TestNode node = await _rig.StartAsync(
            "service: {retries: {hedgeDelayMs: 50}}, client: {loadBalancer: {kind: roundRobin}, hostConnectionPool: {maxSize: 1}}");
        using Peer one = await node.ConnectAsync();
        using Peer other = await node.ConnectAsync();

        // Each endpoint has one connection; a POST holds the second's, so that the hedge of the GET waits for it.
        Task<Message> reading = one.AskAsync(Get);
        await _rig.SeenAsync(1);
        Task<Message> posting = other.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n");
        await _rig.SeenAsync(2);
        await node.MetricIsAsync(1, "mesh_destination_waiters");
        _rig.Release.SetResult();
        Assert.Equal((200, "1"), Of(await reading));
        await node.MetricIsAsync(1, "mesh_destination_waiters");
        held.SetResult();

        Assert.Equal((200, "2"), Of(await posting));
        Assert.Equal(2, _rig.Seen.Count);
        await HedgeRig.IsAtRestAsync(node);
        Assert.Equal(200, (await one.AskAsync(Get)).Status);
        Assert.Equal(200, (await one.AskAsync(Get)).Status);
    }

    [Fact]
    public async Task InterimOfTheFirst_PassesOn_WhileBothAreOut()
    {
        _rig.AddTwo(async (number, _) =>
        {
            if (number == 2) return null;
            await _rig.SeenAsync(2);
            return "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + Origin.Ok("first");
        });
        await using TestNode node = await _rig.StartAsync();
        using Peer client = await node.ConnectAsync();

        Message hints = await client.AskAsync(Get);
        Message answer = await client.ReadResponseAsync();

        Assert.Equal(103, hints.Status);
        Assert.Equal((200, "first"), Of(answer));
        await HedgeRig.IsAtRestAsync(node);
    }

    /// <summary>Early hints took the second attempt's timer away, and the request waited for its slow endpoint.</summary>
    [Fact]
    public async Task InterimBeforeTheDelay_LeavesTheSecondAttemptPlanned()
    {
        _rig.AddTwo((number, _) => Task.FromResult<string?>(
            number == 1 ? "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" : Origin.Ok("second")));
        await using TestNode node = await _rig.StartAsync("service: {retries: {hedgeDelayMs: 300}}, client: {loadBalancer: {kind: roundRobin}}");
        using Peer client = await node.ConnectAsync();

        Message hints = await client.AskAsync(Get);
        Message answer = await client.ReadResponseAsync();

        Assert.Equal(103, hints.Status);
        Assert.Equal((200, "second"), Of(answer));
        await HedgeRig.IsAtRestAsync(node);
    }

    [Fact]
    public async Task RequestAfterAHedgedOne_IsServedOnTheSameConnections()
    {
        _rig.AddTwo(async (number, _) =>
        {
            if (number == 1) await _rig.SeenAsync(2);
            return number == 1 ? null : Origin.Ok($"{number}");
        });
        await using TestNode node = await _rig.StartAsync();
        using Peer client = await node.ConnectAsync();

        string answers = "";
        for (int i = 0; i < 5; i++) answers += (await client.AskAsync(Get)).Text;

        Assert.Equal("23456", answers);
        await HedgeRig.IsAtRestAsync(node);
    }

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    private static (int Status, string Text) Of(Message message) => (message.Status, message.Text);
}
