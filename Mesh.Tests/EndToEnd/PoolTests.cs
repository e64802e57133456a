using System.Diagnostics;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>The limit on connections to an endpoint, and those who wait for one.</summary>
public sealed class PoolTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

    [Fact]
    public async Task RequestsOverTheLimit_WaitForAConnection()
    {
        await using Held held = new();
        await using TestNode node = await TestNode.BeforeAsync(held.Origin, "client: {connectTimeoutMs: 30000, hostConnectionPool: {maxSize: 2}}");

        Task<Message>[] asked = [.. Enumerable.Range(0, 6).Select(_ => node.GetAsync())];
        await node.MetricIsAsync(4, "mesh_destination_waiters");
        double busy = node.Metric("mesh_destination_connections", ("state", "busy"));
        held.Release();
        Message[] answers = await Task.WhenAll(asked);

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal((2, 2), (busy, held.Origin.Connections));
        await node.MetricIsAsync(0, "mesh_destination_waiters");
    }

    [Fact]
    public async Task ConnectionThatOutlivedItsSession_ServesNoFurtherRequest()
    {
        await using Held held = new();
        await using TestNode node = await TestNode.BeforeAsync(held.Origin, "client: {clientSession: {lifeTimeMs: 1}}");
        Task<Message> first = node.GetAsync();
        await held.AskedAsync();
        long asked = Stopwatch.GetTimestamp();
        SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(asked) > TimeSpan.FromMilliseconds(1));
        held.Release();
        await first;

        Message second = await node.GetAsync();

        Assert.Equal((200, 2), (second.Status, held.Origin.Connections));
    }

    [Fact]
    public async Task ConnectionThatIsIdleForItsSession_Closes()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, "client: {clientSession: {idleTimeMs: 1}}");

        await node.GetAsync();

        await node.MetricIsAsync(0, "mesh_destination_connections");
    }

    [Fact]
    public async Task WaitersOverTheLimit_Are503AtOnce()
    {
        await using Held held = new();
        await using TestNode node = await TestNode.BeforeAsync(
            held.Origin, "client: {connectTimeoutMs: 30000, hostConnectionPool: {maxSize: 1, maxWaiters: 1}}");
        Task<Message> first = node.GetAsync();
        await held.AskedAsync();
        Task<Message> second = node.GetAsync();
        await node.MetricIsAsync(1, "mesh_destination_waiters");

        Message third = await node.GetAsync();
        held.Release();

        Assert.Equal(503, third.Status);
        Assert.Contains("maxWaiters", third.Text, StringComparison.Ordinal);
        Assert.Equal((200, 200), ((await first).Status, (await second).Status));
    }

    [Fact]
    public async Task WaiterThatWaitsTooLong_Is503()
    {
        await using Held held = new();
        await using TestNode node = await TestNode.BeforeAsync(held.Origin, "client: {connectTimeoutMs: 50, hostConnectionPool: {maxSize: 1}}");
        Task<Message> first = node.GetAsync();
        await held.AskedAsync();

        Message second = await node.GetAsync();
        held.Release();

        Assert.Equal((503, 200), (second.Status, (await first).Status));
        Assert.Contains("maxSize", second.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestWhoseTimeEndsWhileItWaits_IsNotSentOn()
    {
        await using Held held = new();
        await using TestNode node = await TestNode.BeforeAsync(held.Origin, "client: {connectTimeoutMs: 30000, hostConnectionPool: {maxSize: 1}}");
        Task<Message> first = node.GetAsync();
        await held.AskedAsync();
        using Peer late = await node.ConnectAsync();
        long began = TimeProvider.System.GetTimestamp();

        Task<Message> answer = late.AskAsync("POST /late HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\nl5d-remaining-ms: 50\r\n\r\n");
        await Eventually.HoldsAsync(
            () => answer.IsCompleted
                || (node.Metric("mesh_destination_waiters").Equals(1) && TimeProvider.System.GetElapsedTime(began).TotalMilliseconds > 100),
            () => "it does not wait");
        held.Release();
        await first;

        Assert.Equal(503, (await answer).Status);
        Assert.DoesNotContain(held.Asked, request => request.StartLine.Contains("/late", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ClientThatLeavesWhileItWaits_IsNotSentOn()
    {
        await using Held held = new();
        await using TestNode node = await TestNode.BeforeAsync(held.Origin, "client: {connectTimeoutMs: 30000, hostConnectionPool: {maxSize: 1}}");
        Task<Message> first = node.GetAsync();
        await held.AskedAsync();
        using Peer leaving = await node.ConnectAsync();
        await leaving.SendAsync("GET /left HTTP/1.1\r\nHost: web\r\n\r\n");
        await node.MetricIsAsync(1, "mesh_destination_waiters");

        leaving.Reset();
        await node.MetricIsAsync(2, "mesh_server_accepted_connections_total");
        Message other = await AnswerOfAnotherAsync(node);
        held.Release();
        await first;
        await node.MetricIsAsync(1, "mesh_server_cancelled_total");

        Assert.Equal(400, other.Status);
        Assert.DoesNotContain(held.Asked, request => request.StartLine.Contains("/left", StringComparison.Ordinal));
    }

    [Fact]
    public async Task IdleConnections_CloseAfterTheirTime()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, "client: {hostConnectionPool: {idleTimeMs: 50}}");
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync(Get);

        Assert.Equal("hello", response.Text);
        await node.MetricIsAsync(0, "mesh_destination_connections");
    }

    /// <summary>A round trip on the same loop: what happened there before has been seen.</summary>
    private static async Task<Message> AnswerOfAnotherAsync(TestNode node)
    {
        using Peer other = await node.ConnectAsync();
        return await other.AskAsync("GET / HTTP/1.0\r\n\r\n");
    }

    /// <summary>A backend that answers nobody before it is told to.</summary>
    private sealed class Held : IAsyncDisposable
    {
        private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly System.Collections.Concurrent.ConcurrentQueue<Message> _requests = new();

        public Held() => Origin = Origin.Scripted(async peer =>
        {
            while (await peer.TryReadRequestAsync() is { } request)
            {
                _requests.Enqueue(request);
                _asked.TrySetResult();
                await _release.Task;
                await peer.SendAsync(Origin.Ok("hello"));
            }
        });

        public Origin Origin { get; }

        public IReadOnlyCollection<Message> Asked => _requests;

        public Task AskedAsync() => _asked.Task.WaitAsync(Peer.Patience);

        public void Release() => _release.TrySetResult();

        public ValueTask DisposeAsync()
        {
            Release();
            return Origin.DisposeAsync();
        }
    }
}
