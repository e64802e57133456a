using System.Net;
using System.Net.Sockets;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>The orderly end of a node.</summary>
public sealed class DrainTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

    public static TheoryData<TransportKind> Transports => TestNode.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task RequestInFlight_Completes_WhileNewConnectionsAreRefused(TransportKind transport)
    {
        TaskCompletionSource asked = new(), release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            asked.SetResult();
            await release.Task;
            await peer.SendAsync(Origin.Ok("hello"));
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, transport: transport);
        IPEndPoint address = node.Address;
        using Peer client = await node.ConnectAsync(), idle = await node.ConnectAsync();
        await client.SendAsync(Get);
        await asked.Task.WaitAsync(Peer.Patience);

        Task stopping = node.StopAsync();
        string rest = await idle.ReadToEndAsync();
        SocketError refused = await RefusalAsync(address);
        (HttpStatusCode status, string reason) = await node.AdminAsync("/admin/ready");
        bool waits = !stopping.IsCompleted;
        release.SetResult();
        Message response = await client.ReadResponseAsync();
        await stopping.WaitAsync(Peer.Patience);

        Assert.Equal(("", SocketError.ConnectionRefused, true), (rest, refused, waits));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining\n"), (status, reason));
        Assert.Equal((200, "hello", "close"), (response.Status, response.Text, response["Connection"]));
    }

    [Fact]
    public async Task RequestThatDoesNotEnd_IsCutOffAfterTheGrace()
    {
        TaskCompletionSource asked = new();
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            asked.SetResult();
            await peer.ReadToEndAsync();
        });
        await using TestNode node = await TestNode.StartAsync($$"""
            { admin: {port: 0, shutdownGraceMs: 100}, loops: 1,
              routers: [{ protocol: http, label: test, dtab: "/svc => /$/inet/127.0.0.1/{{origin.Port}}", servers: [{ port: 0 }] }] }
            """);
        using Peer client = await node.ConnectAsync();
        await client.SendAsync(Get);
        await asked.Task.WaitAsync(Peer.Patience);

        await node.StopAsync().WaitAsync(Peer.Patience);

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Contains("1 connections were still busy after 0.1 s and were cut off", node.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StoppingTwice_IsStoppingOnce()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        await node.GetAsync();

        await Task.WhenAll(node.StopAsync(), node.StopAsync()).WaitAsync(Peer.Patience);
    }

    private static async Task<SocketError> RefusalAsync(IPEndPoint address)
    {
        try
        {
            using Peer late = await Peer.ConnectAsync(address);
            return SocketError.Success;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode;
        }
    }
}
