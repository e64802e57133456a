using System.Globalization;
using System.Text;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Requests with bodies that are sent again: what the next backend gets.</summary>
public sealed class RetryBodyTests
{
    private const string Error = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";
    private const string All = "service: {responseClassifier: {kind: io.l5d.http.retryableAll5XX}}, client: {failureAccrual: {kind: none}}";

    public static TheoryData<TransportKind> Transports => TestNode.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task BodyThatCameInPieces_ReachesTheNextBackendWhole(TransportKind transport)
    {
        string body = Text(60_000);
        await using Origin origin = Origin.Answering(FailingTwice(request => Origin.Ok(request.Text)));
        await using TestNode node = await TestNode.BeforeAsync(origin, All, transport: transport);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(Sized(body.Length));
        for (int at = 0; at < body.Length; at += 20_000) await client.SendAsync(body.Substring(at, 20_000));
        Message answer = await client.ReadResponseAsync();
        Message next = await client.AskAsync("GET /next HTTP/1.1\r\nHost: web\r\n\r\n");

        Assert.Equal((200, body), (answer.Status, answer.Text));
        Assert.All(origin.Requests.SkipLast(1), seen => Assert.Equal(body, seen.Text));
        Assert.Equal((200, 4, 1), (next.Status, origin.Requests.Count, origin.Connections));
    }

    [Fact]
    public async Task ChunkedBody_IsSentAgainWithItsTrailers()
    {
        await using Origin origin = Origin.Answering(FailingTwice(request => Origin.Ok(request.Text)));
        await using TestNode node = await TestNode.BeforeAsync(origin, All);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n");
        await client.SendAsync("5\r\nhello\r\n");
        await client.SendAsync("6\r\n world\r\n0\r\nX-Sum: 42\r\n\r\n");

        Assert.Equal("hello world", (await client.ReadResponseAsync()).Text);
        Assert.Equal(3, origin.Requests.Count);
        Assert.All(origin.Requests, seen => Assert.Equal(("hello world", "X-Sum: 42\r\n"), (seen.Text, seen.Trailers)));
    }

    [Fact]
    public async Task BodyLargerThanTheLimit_IsSentOnce()
    {
        string body = Text(20_001);
        await using Origin origin = Origin.Answering(_ => Error);
        await using TestNode node = await TestNode.BeforeAsync(origin, """
            service: {responseClassifier: {kind: io.l5d.http.retryableAll5XX}, retries: {maxBufferBytes: 20000}}
            """);
        using Peer client = await node.ConnectAsync();

        Message answer = await client.AskAsync(Sized(body.Length) + body);

        Assert.Equal((503, "busy", "true"), (answer.Status, answer.Text, answer["l5d-retries-spent"]));
        Assert.Equal(body, Assert.Single(origin.Requests).Text);
        Assert.Equal(1, node.Metric("mesh_service_retry_bodies_not_kept_total"));
    }

    [Fact]
    public async Task BackendThatAnswersWithinTheBody_DoesNotKeepTheNextFromAllOfIt()
    {
        string body = Text(40_000);
        TaskCompletionSource failed = new();
        await using Origin origin = Origin.Scripted(async (peer, connection) =>
        {
            if (connection > 1)
            {
                await peer.SendAsync(Origin.Ok((await peer.ReadRequestAsync()).Text));
                return;
            }

            await peer.TryReadHeadAsync();
            await peer.ReadAsync(10_000);
            await peer.SendAsync(Error);
            failed.SetResult();
            await peer.ReadToEndAsync();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, All);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(Sized(body.Length) + body[..10_000]);
        await failed.Task.WaitAsync(Peer.Patience);
        await node.MetricIsAsync(1, "mesh_service_retries_total");
        await client.SendAsync(body[10_000..]);

        Message answer = await client.ReadResponseAsync();
        Assert.Equal((200, body), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task ClientThatWasTold100ByTheFirstBackend_IsToldOnce()
    {
        await using Origin origin = Origin.Scripted(async (peer, connection) =>
        {
            await peer.TryReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            string body = await peer.ReadAsync(5);
            await peer.SendAsync(connection == 1 ? Error : Origin.Ok(body));
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, All);
        using Peer client = await node.ConnectAsync();

        Message interim = await client.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        await client.SendAsync("hello");
        Message answer = await client.ReadResponseAsync();

        Assert.Equal((100, 200, "hello"), (interim.Status, answer.Status, answer.Text));
    }

    [Fact]
    public async Task ClientThatTheFirstBackendNeverAsked_IsAskedByTheSecond()
    {
        await using Origin origin = Origin.Scripted(async (peer, connection) =>
        {
            await peer.TryReadHeadAsync();
            if (connection > 1) await peer.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            await peer.SendAsync(connection > 1 ? Origin.Ok(await peer.ReadAsync(5)) : Error);
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, All);
        using Peer client = await node.ConnectAsync();

        Message interim = await client.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        await client.SendAsync("hello");
        Message answer = await client.ReadResponseAsync();

        Assert.Equal((100, 200, "hello"), (interim.Status, answer.Status, answer.Text));
    }

    [Fact]
    public async Task ClientThatLeavesWithinItsBody_IsNotWorkedFor()
    {
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.TryReadHeadAsync();
            await peer.ReadToEndAsync();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, All);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(Sized(10) + "hello");
        await Eventually.HoldsAsync(() => origin.Connections == 1, () => "the backend was never asked");
        client.Reset();

        await node.MetricIsAsync(0, "mesh_destination_connections", ("state", "busy"));
        Assert.Equal((1, double.NaN), (origin.Connections, node.Metric("mesh_service_retries_total")));
    }

    private static Func<Message, string> FailingTwice(Func<Message, string> answer)
    {
        int asked = 0;
        return request => ++asked < 3 ? Error : answer(request);
    }

    private static string Sized(int bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: {bytes}\r\n\r\n");

    private static string Text(int bytes)
    {
        StringBuilder text = new();
        for (int i = 0; text.Length < bytes; i++) text.Append(i.ToString(CultureInfo.InvariantCulture)).Append(' ');
        return text.ToString(0, bytes);
    }
}
