using System.Collections.Concurrent;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Slow requests that are sent to a second endpoint too: which, who serves, and what becomes of the other.</summary>
public sealed class HedgeTests : IAsyncDisposable
{
    private const string Get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    private const string Error = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";
    private const string Hedging = "service: {retries: {hedgeDelayMs: 50}}, client: {loadBalancer: {kind: roundRobin}}";

    private readonly ConcurrentQueue<Message> _seen = new();
    private readonly TaskCompletionSource _release = new();
    private readonly NamesFolder _names = new();
    private readonly List<Origin> _origins = [];
    private int _lost;

    /// <summary>What a script does with the n-th request of all, from 1; null: it never answers, and waits for the end of the connection.</summary>
    private delegate Task<string?> Answer(int number, Message request);

    [Fact]
    public async Task SlowEndpoint_IsOvertaken_AndItsConnectionClosed()
    {
        Origin slow = Add((_, _) => Task.FromResult<string?>(null));
        Origin fast = Add((_, _) => Task.FromResult<string?>(Origin.Ok("fast")));
        await using TestNode node = await StartAsync();
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 10; i++) Assert.Equal((200, "fast"), Of(await client.AskAsync(Get)));

        int hedged = _seen.Count - 10;
        Assert.InRange(hedged, 1, 10);
        Assert.Equal(hedged, slow.Connections);
        Assert.Equal(1, fast.Connections);
        await Eventually.HoldsAsync(() => _lost == hedged, () => $"{_lost} of {hedged} connections that lost have ended");
        await node.MetricIsAsync(hedged, "mesh_service_hedges_total", ("service", "/svc/web"));
        await node.MetricIsAsync(hedged, "mesh_service_hedge_wins_total");
        await node.MetricIsAsync(10, "mesh_destination_success_total");
        Assert.Equal(0, node.Metric("mesh_destination_failures_total"));
        await IsAtRestAsync(node);
    }

    [Fact]
    public async Task BalancerLearns_ThatTheOvertakenEndpointIsSlow()
    {
        Origin slow = Add((_, _) => Task.FromResult<string?>(null));
        Add((_, _) => Task.FromResult<string?>(Origin.Ok("fast")));
        await using TestNode node = await StartAsync("service: {retries: {hedgeDelayMs: 500}}, client: {loadBalancer: {kind: ewma}}");
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 30; i++) Assert.Equal((200, "fast"), Of(await client.AskAsync(Get)));

        Assert.InRange(slow.Connections, 0, 5);
    }

    [Fact]
    public async Task FirstAttemptThatAnswersAfterAll_Serves_AndTheSecondIsAborted()
    {
        AddTwo(async (number, _) =>
        {
            if (number == 1) await SeenAsync(2);
            return number == 1 ? Origin.Ok("first") : null;
        });
        await using TestNode node = await StartAsync();

        Message answer = await node.GetAsync();

        Assert.Equal((200, "first"), Of(answer));
        await Eventually.HoldsAsync(() => _lost == 1, () => "the second connection is open");
        await node.MetricIsAsync(1, "mesh_service_hedges_total");
        Assert.Equal(double.NaN, node.Metric("mesh_service_hedge_wins_total"));
        await IsAtRestAsync(node);
    }

    [Fact]
    public async Task FirstAttemptThatFailsMeanwhile_WaitsForTheSecond()
    {
        AddTwo(async (number, _) =>
        {
            if (number == 1) await SeenAsync(2);
            if (number == 1) return Error;
            await _release.Task;
            return Origin.Ok("second");
        });
        await using TestNode node = await StartAsync();
        Task<Message> asking = node.GetAsync();

        await node.MetricIsAsync(1, "mesh_service_hedges_total");
        _release.SetResult();

        Assert.Equal((200, "second"), Of(await asking));
        await node.MetricIsAsync(1, "mesh_service_hedge_wins_total");
        await IsAtRestAsync(node);
    }

    [Fact]
    public async Task SecondAttemptThatFails_LeavesTheFirstToServe()
    {
        AddTwo(async (number, _) =>
        {
            if (number == 2) return Error;
            await _release.Task;
            return Origin.Ok("first");
        });
        await using TestNode node = await StartAsync();
        Task<Message> asking = node.GetAsync();

        await node.MetricIsAsync(1, "mesh_destination_failures_total");
        _release.SetResult();

        Assert.Equal((200, "first"), Of(await asking));
        Assert.Equal(double.NaN, node.Metric("mesh_service_hedge_wins_total"));
        await IsAtRestAsync(node);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy")]
    public async Task BothThatFail_AreOneFailure(string failure)
    {
        AddTwo(async (_, _) =>
        {
            await SeenAsync(2);
            return failure;
        });
        await using TestNode node = await StartAsync();
        using Peer client = await node.ConnectAsync();

        Message answer = await client.AskAsync(Get);

        Assert.Equal(failure.Length == 0 ? 502 : 503, answer.Status);
        Assert.Equal(2, _seen.Count);
        await node.MetricIsAsync(2, "mesh_destination_failures_total");
        await node.MetricIsAsync(1, "mesh_service_failures_total");
        await IsAtRestAsync(node);
    }

    [Fact]
    public async Task RequestThatIsNotIdempotent_IsSentOnce()
    {
        AddTwo(async (_, request) =>
        {
            await _release.Task;
            return Origin.Ok(request.Text);
        });
        await using TestNode node = await StartAsync();
        using Peer poster = await node.ConnectAsync();
        using Peer reader = await node.ConnectAsync();

        Task<Message> posting = poster.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n\r\nbody");
        await SeenAsync(1);
        Task<Message> reading = reader.AskAsync(Get);
        await SeenAsync(3);
        _release.SetResult();

        Assert.Equal((200, "body"), Of(await posting));
        Assert.Equal(200, (await reading).Status);
        Assert.Single(_seen, seen => seen.StartLine.StartsWith("POST", StringComparison.Ordinal));
        await IsAtRestAsync(node);
    }

    [Fact]
    public async Task BodyOfAnIdempotentRequest_IsSentToBoth()
    {
        AddTwo((number, request) => Task.FromResult(number == 1 ? null : Origin.Ok(request.Text)));
        await using TestNode node = await StartAsync();
        using Peer client = await node.ConnectAsync();
        string body = new('b', 30_000);

        await client.SendAsync("PUT / HTTP/1.1\r\nHost: web\r\nContent-Length: 30000\r\n\r\n");
        await client.SendAsync(body[..100]);
        await client.SendAsync(body[100..]);
        Message answer = await client.ReadResponseAsync();

        Assert.Equal((200, body), Of(answer));
        Assert.All(_seen, seen => Assert.Equal(body, seen.Text));
        await IsAtRestAsync(node);
    }

    [Fact]
    public async Task BodyThatIsTooLargeToKeep_IsSentOnce()
    {
        AddTwo(async (_, request) =>
        {
            await _release.Task;
            return Origin.Ok(request.StartLine[..3]);
        });
        await using TestNode node = await StartAsync("service: {retries: {hedgeDelayMs: 50, maxBufferBytes: 9999}}");
        using Peer writer = await node.ConnectAsync();
        using Peer reader = await node.ConnectAsync();

        Task<Message> writing = writer.AskAsync("PUT / HTTP/1.1\r\nHost: web\r\nContent-Length: 10000\r\n\r\n" + new string('b', 10_000));
        await SeenAsync(1);
        Task<Message> reading = reader.AskAsync(Get);
        await SeenAsync(3);
        _release.SetResult();

        Assert.Equal((200, "PUT"), Of(await writing));
        Assert.Equal((200, "GET"), Of(await reading));
        Assert.Single(_seen, seen => seen.StartLine.StartsWith("PUT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task BudgetThatIsSpent_PaysForNone()
    {
        AddTwo(async (_, _) =>
        {
            await _release.Task;
            return Origin.Ok("slow");
        });
        await using TestNode node = await StartAsync(
            "service: {retries: {hedgeDelayMs: 50, budget: {minRetriesPerSec: 0, percentCanRetry: 0.5, ttlSecs: 60}}}");
        using Peer one = await node.ConnectAsync();
        using Peer other = await node.ConnectAsync();

        Task<Message> first = one.AskAsync(Get);
        await node.MetricIsAsync(1, "mesh_service_retry_budget_exhausted_total");
        Task<Message> second = other.AskAsync(Get);
        await SeenAsync(3);
        _release.SetResult();

        Assert.Equal((200, "slow"), Of(await first));
        Assert.Equal((200, "slow"), Of(await second));
        Assert.Equal(1, node.Metric("mesh_service_hedges_total"));
        await IsAtRestAsync(node);
    }

    [Fact]
    public async Task OnlyEndpoint_IsAskedOnce()
    {
        Origin only = Add(async (_, _) =>
        {
            await _release.Task;
            return Origin.Ok("only");
        });
        AddTwo((number, _) => Task.FromResult(number == 2 ? null : Origin.Ok("other")));
        _names.Write("lone", only);
        await using TestNode node = await StartAsync();

        Task<Message> lone = node.GetAsync(host: "lone");
        await SeenAsync(1);
        await node.GetAsync();
        _release.SetResult();

        Assert.Equal((200, "only"), Of(await lone));
        Assert.Equal(1, only.Connections);
        await IsAtRestAsync(node);
    }

    [Fact]
    public async Task Places_AreGivenBack_AndNoneIsWaitedFor()
    {
        Origin slow = Add((_, _) => Task.FromResult<string?>(null));
        Add((_, _) => Task.FromResult<string?>(Origin.Ok("fast")));
        await using TestNode node = await StartAsync(
            "service: {retries: {hedgeDelayMs: 20}}, client: {loadBalancer: {kind: roundRobin}, concurrency: {kind: fixed, maxRequests: 2, maxQueued: 0}}");
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 20; i++) Assert.Equal((200, "fast"), Of(await client.AskAsync(Get)));

        Assert.InRange(slow.Connections, 1, 20);
        await IsAtRestAsync(node);
    }

    [Fact]
    public async Task ClientThatLeaves_EndsBoth()
    {
        AddTwo((_, _) => Task.FromResult<string?>(null));
        await using TestNode node = await StartAsync();
        using Peer client = await node.ConnectAsync();
        await client.SendAsync(Get);
        await SeenAsync(2);

        client.Reset();

        await Eventually.HoldsAsync(() => _lost == 2, () => $"{_lost} of 2 connections have ended");
        await IsAtRestAsync(node);
        Assert.Equal(0, node.Metric("mesh_destination_failures_total"));
    }

    [Fact]
    public async Task AttemptTimeout_HoldsForEach()
    {
        AddTwo((_, _) => Task.FromResult<string?>(null));
        await using TestNode node = await StartAsync("service: {retries: {hedgeDelayMs: 50}}, client: {requestAttemptTimeoutMs: 300}");

        Message answer = await node.GetAsync();

        Assert.Equal(503, answer.Status);
        await node.MetricIsAsync(2, "mesh_destination_failures_total");
        await IsAtRestAsync(node);
    }

    [Fact]
    public async Task SecondAttemptThatStillWaitsForAConnection_GivesEverythingBackWhenItIsNotNeeded()
    {
        TaskCompletionSource held = new();
        AddTwo(async (number, _) =>
        {
            if (number == 1) await _release.Task;
            else await held.Task;
            return Origin.Ok($"{number}");
        });
        await using TestNode node = await StartAsync(
            "service: {retries: {hedgeDelayMs: 50}}, client: {loadBalancer: {kind: roundRobin}, hostConnectionPool: {maxSize: 1}}");
        using Peer one = await node.ConnectAsync();
        using Peer other = await node.ConnectAsync();

        // Each endpoint has one connection; a POST holds the second's, so that the hedge of the GET waits for it.
        Task<Message> reading = one.AskAsync(Get);
        await SeenAsync(1);
        Task<Message> posting = other.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n");
        await SeenAsync(2);
        await node.MetricIsAsync(1, "mesh_destination_waiters");
        _release.SetResult();
        Assert.Equal((200, "1"), Of(await reading));
        await node.MetricIsAsync(1, "mesh_destination_waiters");
        held.SetResult();

        Assert.Equal((200, "2"), Of(await posting));
        Assert.Equal(2, _seen.Count);
        await IsAtRestAsync(node);
        Assert.Equal(200, (await one.AskAsync(Get)).Status);
        Assert.Equal(200, (await one.AskAsync(Get)).Status);
    }

    [Fact]
    public async Task InterimOfTheFirst_PassesOn_WhileBothAreOut()
    {
        AddTwo(async (number, _) =>
        {
            if (number == 2) return null;
            await SeenAsync(2);
            return "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + Origin.Ok("first");
        });
        await using TestNode node = await StartAsync();
        using Peer client = await node.ConnectAsync();

        Message hints = await client.AskAsync(Get);
        Message answer = await client.ReadResponseAsync();

        Assert.Equal(103, hints.Status);
        Assert.Equal((200, "first"), Of(answer));
        await IsAtRestAsync(node);
    }

    [Fact]
    public async Task RequestAfterAHedgedOne_IsServedOnTheSameConnections()
    {
        AddTwo(async (number, _) =>
        {
            if (number == 1) await SeenAsync(2);
            return number == 1 ? null : Origin.Ok($"{number}");
        });
        await using TestNode node = await StartAsync();
        using Peer client = await node.ConnectAsync();

        string answers = "";
        for (int i = 0; i < 5; i++) answers += (await client.AskAsync(Get)).Text;

        Assert.Equal("23456", answers);
        await IsAtRestAsync(node);
    }

    public async ValueTask DisposeAsync()
    {
        _release.TrySetResult();
        foreach (Origin origin in _origins) await origin.DisposeAsync();
        _names.Dispose();
    }

    private static (int Status, string Text) Of(Message message) => (message.Status, message.Text);

    private static async Task IsAtRestAsync(TestNode node)
    {
        await node.MetricIsAsync(0, "mesh_destination_pending_requests");
        await node.MetricIsAsync(0, "mesh_destination_connections", ("state", "busy"));
    }

    private void AddTwo(Answer answer)
    {
        Add(answer);
        Add(answer);
    }

    private Origin Add(Answer answer)
    {
        Origin origin = Origin.Scripted(async peer =>
        {
            while (await peer.TryReadRequestAsync() is { } request)
            {
                int number;
                lock (_seen)
                {
                    _seen.Enqueue(request);
                    number = _seen.Count;
                }

                if (await answer(number, request) is not { } text)
                {
                    await peer.ReadToEndAsync();
                    Interlocked.Increment(ref _lost);
                    return;
                }

                if (text.Length == 0) return;
                await peer.SendAsync(text);
            }
        });
        _origins.Add(origin);
        return origin;
    }

    private Task SeenAsync(int requests) => Eventually.HoldsAsync(() => _seen.Count >= requests, () => $"{_seen.Count} of {requests} requests came");

    private Task<TestNode> StartAsync(string router = Hedging)
    {
        _names.Write("web", [.. _origins.TakeLast(2)]);
        return TestNode.RoutingAsync("/svc => /#/io.l5d.fs", router, top: _names.Config);
    }
}
