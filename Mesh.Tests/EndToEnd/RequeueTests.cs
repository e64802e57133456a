using System.Net;
using Mesh.Tests.Kit;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Pooled connections that turn out dead, backends that are down, slow, or speak rubbish.</summary>
public sealed class RequeueTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

    public static TheoryData<TransportKind> Transports => TestNode.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task ConnectionThatTheBackendClosedWhileIdle_IsNotUsed(TransportKind transport)
    {
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            await peer.SendAsync(Origin.Ok("hello"));
            peer.Dispose();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, transport: transport);
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 10; i++)
        {
            Message response = await client.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 2\r\n\r\nhi");
            Assert.Equal("hello", response.Text);
            await node.MetricIsAsync(0, "mesh_destination_connections", ("state", "idle"));
        }
    }

    [Fact]
    public async Task ReusedConnectionThatClosesOnAGet_SendsTheRequestAgain()
    {
        await using Origin origin = ClosingOnTheSecondRequest();
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.AskAsync(Get);
        Message second = await client.AskAsync(Get);

        Assert.Equal((200, "connection 2"), (second.Status, second.Text));
        Assert.Equal(1, node.Metric("mesh_destination_requeues_total"));
    }

    [Fact]
    public async Task ReusedConnectionThatClosesOnAPutWithASmallBody_SendsItAgainWithItsBody()
    {
        await using Origin origin = ClosingOnTheSecondRequest();
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.AskAsync(Get);
        Message second = await client.AskAsync("PUT / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n\r\nbody");

        Assert.Equal((200, "connection 2body"), (second.Status, second.Text));
    }

    [Fact]
    public async Task ReusedConnectionThatClosesOnAPost_Is502_AndTheBackendSawItOnce()
    {
        await using Origin origin = ClosingOnTheSecondRequest();
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.AskAsync(Get);
        Message second = await client.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n\r\nbody");
        Message third = await client.AskAsync(Get);

        Assert.Equal(502, second.Status);
        Assert.Contains($"127.0.0.1:{origin.Port}", second.Text, StringComparison.Ordinal);
        Assert.Equal((200, 2), (third.Status, origin.Connections));
        Assert.Equal(0, node.Metric("mesh_destination_requeues_total"));
    }

    [Fact]
    public async Task NewConnectionThatClosesOnAGet_Is502()
    {
        await using Origin origin = Origin.Scripted(async peer => await peer.ReadRequestAsync());
        await using TestNode node = await TestNode.BeforeAsync(origin);

        Message response = await node.GetAsync();

        Assert.Equal((502, 1), (response.Status, origin.Connections));
        Assert.Contains("closed the connection without a response", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BackendThatIsDown_Is502_NamingTheAddress()
    {
        int port = Ports.Free();
        await using TestNode node = await TestNode.RoutingAsync($"/svc => /$/inet/127.0.0.1/{port}");

        Message response = await node.GetAsync();

        Assert.Equal((502, "true"), (response.Status, response["l5d-retryable"]));
        Assert.Contains($"127.0.0.1:{port}", WebUtility.UrlDecode(response["l5d-err"]!), StringComparison.Ordinal);
        Assert.Contains("connection refused", response.Text, StringComparison.Ordinal);
        await node.MetricIsAsync(3, "mesh_destination_connect_failures_total");
        await node.MetricIsAsync(1, "mesh_server_failures_total");
    }

    [Fact]
    public async Task BackendThatComesBack_IsUsedAgain()
    {
        int port = Ports.Free();
        await using TestNode node = await TestNode.RoutingAsync($"/svc => /$/inet/127.0.0.1/{port}");
        int down = (await node.GetAsync()).Status;
        await using Origin origin = Origin.Saying("hello", port);

        Message up = await node.GetAsync();

        Assert.Equal((502, "hello"), (down, up.Text));
    }

    [Fact]
    public async Task BackendThatIsTooSlow_Is503_AndItsConnectionIsNotKept()
    {
        TaskCompletionSource ended = new();
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            await peer.ReadToEndAsync();
            ended.TrySetResult();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, "client: {requestAttemptTimeoutMs: 50}");

        Message response = await node.GetAsync();

        Assert.Equal(503, response.Status);
        Assert.Contains("did not answer in time: requestAttemptTimeoutMs is 50 ms.", response.Text, StringComparison.Ordinal);
        await ended.Task.WaitAsync(Peer.Patience);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n\r\n")]
    [InlineData("HTTP/1.1 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx")]
    [InlineData("HTTP/1.1 200 OK\r\nbad field\r\n\r\n")]
    [InlineData("\0\0\0\0\r\n\r\n")]
    public async Task BackendThatSpeaksRubbish_Is502(string answer)
    {
        await using Origin origin = Origin.Answering(_ => answer);
        await using TestNode node = await TestNode.BeforeAsync(origin);

        Message response = await node.GetAsync();

        Assert.Equal(502, response.Status);
        Assert.Contains("sent an invalid response", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResponseHeadOverTheLimit_Is502()
    {
        await using Origin origin = Origin.Answering(_ => Origin.Ok("hello", $"X: {new string('x', 10_000)}\r\n"));
        await using TestNode node = await TestNode.BeforeAsync(origin, "maxHeadersKB: 4, maxInitialLineKB: 4");

        Message response = await node.GetAsync();

        Assert.Equal(502, response.Status);
        Assert.Contains("the head is larger than the limit", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswerNobodyAskedFor_SpoilsThePooledConnection()
    {
        await using Origin origin = Origin.Scripted(async (peer, number) =>
        {
            await peer.ReadRequestAsync();
            await peer.SendAsync(Origin.Ok($"{number}") + Origin.Ok("poison"));
            await peer.ReadToEndAsync();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin);

        Message first = await node.GetAsync();
        await node.MetricIsAsync(0, "mesh_destination_connections", ("state", "busy"));
        Message second = await node.GetAsync();

        Assert.Equal(("1", "2"), (first.Text, second.Text));
    }

    /// <summary>The first connection answers once and closes on its second request; later ones answer all, naming themselves and the body.</summary>
    private static Origin ClosingOnTheSecondRequest() => Origin.Scripted(async (peer, number) =>
    {
        for (int i = 1; await peer.TryReadRequestAsync() is { } request; i++)
        {
            if (number == 1 && i == 2) return;
            await peer.SendAsync(Origin.Ok($"connection {number}{request.Text}"));
        }
    });
}
