using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Clients that are slow, too big, or speak rubbish: refused with the right status, counted by reason, others undisturbed.</summary>
public sealed class RefusalTests
{
    [Fact]
    public async Task SlowHead_Is408()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, server: "headTimeoutMs: 50");
        using Peer client = await node.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: w");
        Message response = await client.ReadResponseAsync();

        Assert.Equal((408, "close"), (response.Status, response["Connection"]));
        await RejectedAsync(node, "head_timeout");
    }

    [Fact]
    public async Task IdleBody_Is408_AndTheBackendDoesNotTakeItForWhole()
    {
        TaskCompletionSource<Message?> seen = new();
        await using Origin origin = Origin.Scripted(async peer => seen.SetResult(await peer.TryReadRequestAsync()));
        await using TestNode node = await TestNode.BeforeAsync(origin, server: "bodyIdleTimeoutMs: 50");
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 10\r\n\r\nhello");

        Assert.Equal((408, "close"), (response.Status, response["Connection"]));
        Assert.False(await seen.Task.WaitAsync(Peer.Patience) is { IsComplete: true });
    }

    [Theory]
    [InlineData("X: {5000}", 431, "head_too_large")]
    [InlineData("{fields}", 431, "too_many_fields")]
    public async Task HeadsOverALimit_AreRefused(string fields, int status, string reason)
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, "maxHeadersKB: 4, maxInitialLineKB: 2, maxHeaderFields: 20");
        using Peer client = await node.ConnectAsync();
        string lines = fields.Replace("{5000}", new string('x', 5000), StringComparison.Ordinal)
            .Replace("{fields}", string.Join("\r\n", Enumerable.Range(0, 25).Select(i => $"X{i}: y")), StringComparison.Ordinal);

        Message response = await client.AskAsync($"GET / HTTP/1.1\r\nHost: web\r\n{lines}\r\n\r\n");

        Assert.Equal(status, response.Status);
        await RejectedAsync(node, reason);
    }

    [Fact]
    public async Task LongTarget_Is414()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, "maxHeadersKB: 4, maxInitialLineKB: 2");

        Message response = await node.GetAsync("/" + new string('x', 2500));

        Assert.Equal(414, response.Status);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/2.0\r\nHost: web\r\n\r\n", 505)]
    [InlineData("\u0016\u0003\u0001\0\u00a5\u0001\0\0\r\n\r\n", 400)]
    public async Task InvalidRequests_ReachNoBackend(string request, int status)
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync(request);
        string rest = await client.ReadToEndAsync();

        Assert.Equal((status, ""), (response.Status, rest));
        Assert.Equal(0, origin.Connections);
        Assert.Equal(0, node.Metric("mesh_server_requests_total"));
    }

    [Fact]
    public async Task InvalidChunk_Is400_AndTheBackendDoesNotTakeItForWhole()
    {
        TaskCompletionSource<Message?> seen = new();
        await using Origin origin = Origin.Scripted(async peer => seen.SetResult(await peer.TryReadRequestAsync()));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        await client.SendAsync("zz\r\n");
        Message response = await client.ReadResponseAsync();

        Assert.Equal(400, response.Status);
        Assert.Contains("request body is invalid", response.Text, StringComparison.Ordinal);
        Assert.False(await seen.Task.WaitAsync(Peer.Patience) is { IsComplete: true });
    }

    [Fact]
    public async Task IdleConnection_IsClosedWithoutAWord()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, server: "serverSession: {idleTimeMs: 50}");
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        string rest = await client.ReadToEndAsync();

        Assert.Equal((200, ""), (response.Status, rest));
    }

    private static Task RejectedAsync(TestNode node, string reason) => node.MetricIsAsync(1, "mesh_server_rejections_total", ("reason", reason));
}
