using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Slow requests that are not sent to a second endpoint.</summary>
public sealed class HedgeRefusalTests : IAsyncDisposable
{
    private const string Get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    private readonly HedgeRig _rig = new();

    [Fact]
    public async Task RequestThatIsNotIdempotent_IsSentOnce()
    {
        _rig.AddTwo(async (_, request) =>
        {
            await _rig.Release.Task;
            return Origin.Ok(request.Text);
        });
        await using TestNode node = await _rig.StartAsync();
        using Peer poster = await node.ConnectAsync();
        using Peer reader = await node.ConnectAsync();

        Task<Message> posting = poster.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n\r\nbody");
        await _rig.SeenAsync(1);
        Task<Message> reading = reader.AskAsync(Get);
        await _rig.SeenAsync(3);
        _rig.Release.SetResult();

        Assert.Equal((200, "body"), Of(await posting));
        Assert.Equal(200, (await reading).Status);
        Assert.Single(_rig.Seen, seen => seen.StartLine.StartsWith("POST", StringComparison.Ordinal));
        await HedgeRig.IsAtRestAsync(node);
    }

    [Fact]
    public async Task BodyThatIsTooLargeToKeep_IsSentOnce()
    {
        _rig.AddTwo(async (_, request) =>
        {
            await _rig.Release.Task;
            return Origin.Ok(request.StartLine[..3]);
        });
        await using TestNode node = await _rig.StartAsync("service: {retries: {hedgeDelayMs: 50, maxBufferBytes: 9999}}");
        using Peer writer = await node.ConnectAsync();
        using Peer reader = await node.ConnectAsync();

        Task<Message> writing = writer.AskAsync("PUT / HTTP/1.1\r\nHost: web\r\nContent-Length: 10000\r\n\r\n" + new string('b', 10_000));
        await _rig.SeenAsync(1);
        Task<Message> reading = reader.AskAsync(Get);
        await _rig.SeenAsync(3);
        _rig.Release.SetResult();

        Assert.Equal((200, "PUT"), Of(await writing));
        Assert.Equal((200, "GET"), Of(await reading));
        Assert.Single(_rig.Seen, seen => seen.StartLine.StartsWith("PUT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task BudgetThatIsSpent_PaysForNone()
    {
        _rig.AddTwo(async (_, _) =>
        {
            await _rig.Release.Task;
            return Origin.Ok("slow");
        });
        await using TestNode node = await _rig.StartAsync(
            "service: {retries: {hedgeDelayMs: 50, budget: {minRetriesPerSec: 0, percentCanRetry: 0.5, ttlSecs: 60}}}");
        using Peer one = await node.ConnectAsync();
        using Peer other = await node.ConnectAsync();

        Task<Message> first = one.AskAsync(Get);
        await node.MetricIsAsync(1, "mesh_service_retry_budget_exhausted_total");
        Task<Message> second = other.AskAsync(Get);
        await _rig.SeenAsync(3);
        _rig.Release.SetResult();

        Assert.Equal((200, "slow"), Of(await first));
        Assert.Equal((200, "slow"), Of(await second));
        Assert.Equal(1, node.Metric("mesh_service_hedges_total"));
        await HedgeRig.IsAtRestAsync(node);
    }

    [Fact]
    public async Task OnlyEndpoint_IsAskedOnce()
    {
        Origin only = _rig.Add(async (_, _) =>
        {
            await _rig.Release.Task;
            return Origin.Ok("only");
        });
        _rig.AddTwo((number, _) => Task.FromResult(number == 2 ? null : Origin.Ok("other")));
        _rig.Names.Write("lone", only);
        await using TestNode node = await _rig.StartAsync();

        Task<Message> lone = node.GetAsync(host: "lone");
        await _rig.SeenAsync(1);
        await node.GetAsync();
        _rig.Release.SetResult();

        Assert.Equal((200, "only"), Of(await lone));
        Assert.Equal(1, only.Connections);
        await HedgeRig.IsAtRestAsync(node);
    }

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    private static (int Status, string Text) Of(Message message) => (message.Status, message.Text);
}
