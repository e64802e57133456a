using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Whoever goes away in the middle: the other side learns of it, and nothing half looks whole.</summary>
public sealed class AbortTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

    public static TheoryData<TransportKind> Transports => TestNode.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task ClientThatResetsWhileItWaits_CancelsTheBackendsWork(TransportKind transport)
    {
        TaskCompletionSource asked = new(), ended = new();
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            asked.SetResult();
            await peer.ReadToEndAsync();
            ended.SetResult();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, transport: transport);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(Get);
        await asked.Task.WaitAsync(Peer.Patience);
        client.Reset();

        await ended.Task.WaitAsync(Peer.Patience);
        await node.MetricIsAsync(1, "mesh_server_cancelled_total");
        Assert.Equal(0, node.Metric("mesh_server_requests_total"));
        Assert.Equal(0, node.Metric("mesh_service_requests_total", ("service", "/svc/web")));
    }

    [Fact]
    public async Task ClientThatResetsWithinAResponse_CancelsTheBackendsWork()
    {
        TaskCompletionSource ended = new();
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegin");
            await peer.ReadToEndAsync();
            ended.SetResult();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(Get);
        await client.TryReadHeadAsync();
        client.Reset();

        await ended.Task.WaitAsync(Peer.Patience);
        await node.MetricIsAsync(1, "mesh_server_cancelled_total");
    }

    [Fact]
    public async Task ClientThatEndsWithinItsBody_CancelsTheBackendsWork_AndTheBackendDoesNotTakeItForWhole()
    {
        TaskCompletionSource<Message?> seen = new();
        await using Origin origin = Origin.Scripted(async peer => seen.SetResult(await peer.TryReadRequestAsync()));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        client.EndSending();

        Message? request = await seen.Task.WaitAsync(Peer.Patience);
        Assert.False(request is { IsComplete: true });
    }

    [Fact]
    public async Task ClientThatEndsItsSideAfterARequest_StillGetsTheResponse()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(Get);
        client.EndSending();
        Message response = await client.ReadResponseAsync();

        Assert.Equal("hello", response.Text);
    }

    [Theory]
    [InlineData("Content-Length: 10\r\n\r\nhello", false)]
    [InlineData("Content-Length: 10\r\n\r\nhello", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n8\r\nhello", false)]
    [InlineData("X: y\r\n\r\nhello", true)]
    public async Task BackendThatBreaksOffItsBody_NeverLooksComplete(string rest, bool reset)
    {
        await using Origin origin = Breaking(rest, reset, Go());
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync(Get);

        Assert.Equal((200, false), (response.Status, response.IsComplete));
        await node.MetricIsAsync(1, "mesh_server_failures_total");
        await node.MetricIsAsync(1, "mesh_destination_failures_total");
        Assert.Equal(0, node.Metric("mesh_server_cancelled_total"));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task BackendThatResetsADelimitedByEndBody_ResetsAClientOfHttp10(TransportKind transport)
    {
        TaskCompletionSource go = Go(false);
        await using Origin origin = Breaking("X: y\r\n\r\nhello", true, go);
        await using TestNode node = await TestNode.BeforeAsync(origin, transport: transport);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.0\r\nHost: web\r\n\r\n");
        await client.TryReadHeadAsync();
        await client.ReadAsync(5);
        go.SetResult();

        Assert.True(await client.EndsByResetAsync());
    }

    [Fact]
    public async Task OtherClients_AreServedMeanwhile()
    {
        await using Origin origin = Origin.Scripted(async (peer, number) =>
        {
            await peer.ReadRequestAsync();
            if (number == 1) await peer.ReadToEndAsync();
            else await peer.SendAsync(Origin.Ok("hello"));
        });
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer stuck = await node.ConnectAsync();
        await stuck.SendAsync(Get);
        await Eventually.HoldsAsync(() => origin.Connections == 1, () => "no connection");

        for (int i = 0; i < 10; i++) Assert.Equal("hello", (await node.GetAsync()).Text);
        stuck.Reset();
    }

    private static TaskCompletionSource Go(bool now = true)
    {
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (now) go.SetResult();
        return go;
    }

    private static Origin Breaking(string rest, bool reset, TaskCompletionSource go) => Origin.Scripted(async peer =>
    {
        await peer.ReadRequestAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\n" + rest);
        await go.Task;
        if (reset) peer.Reset();
    });
}
