using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Copies of requests: what they are, how many, and that nobody notices.</summary>
public sealed class MirrorTests
{
    private const string Hello = "POST /a?b HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n\r\nhello";

    public static TheoryData<TransportKind> Transports => TestNode.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task ACopy_GoesToItsOwnName_WithHeadAndBody_AndItsMark(TransportKind transport)
    {
        await using Origin origin = Origin.Saying("hi");
        await using Origin shadow = Origin.Answering(static _ => "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops");
        await using TestNode node = await StartAsync(origin, shadow, transport: transport);
        using Peer client = await node.ConnectAsync();

        const string More = "X-A: 1\r\nExpect: 100-continue\r\nl5d-ctx-x: y\r\nHost";
        Message answer = await client.AskAsync(Hello.Replace("Host", More, StringComparison.Ordinal));
        Message copy = await OneAsync(shadow);

        Assert.Equal((200, "hi"), (answer.Status, answer.Text));
        Assert.Equal(("POST /a?b HTTP/1.1", "hello", "1", "1"), (copy.StartLine, copy.Text, copy["mesh-mirror"], copy["x-a"]));
        Assert.Equal(("web", "/svc/shadow", null), (copy["host"], copy["l5d-dst-service"], copy["expect"]));
        Assert.False(origin.Requests[0].Has("mesh-mirror"));
        await node.MetricIsAsync(1, "mesh_service_mirrors_total", ("service", "/svc/web"), ("kind", "sent"));
        await node.MetricIsAsync(1, "mesh_destination_response_codes_total", ("destination", Inet(shadow)), ("code", "500"));
        Assert.Equal(double.NaN, node.Metric("mesh_service_response_codes_total", ("service", "/svc/web"), ("code", "500")));
        Assert.Equal(double.NaN, node.Metric("mesh_service_response_codes_total", ("service", "/svc/shadow")));
    }

    [Fact]
    public async Task ConnectionsOfCopies_AreUsedAgain()
    {
        await using Origin origin = Origin.Saying("hi"), shadow = Origin.Saying("dropped");
        await using TestNode node = await StartAsync(origin, shadow);

        for (int i = 1; i <= 5; i++)
        {
            await node.GetAsync($"/{i}");
            int count = i;
            await Eventually.HoldsAsync(() => shadow.Requests.Count == count, () => $"{shadow.Requests.Count} of {count}\n{node.Log}");
            await node.MetricIsAsync(i, "mesh_destination_response_codes_total", ("destination", Inet(shadow)), ("code", "200"));
        }

        Assert.Equal(1, shadow.Connections);
    }

    [Fact]
    public async Task Rewrites_AndHeaderRules_HoldForCopiesToo()
    {
        await using Origin origin = Origin.Saying("hi"), shadow = Origin.Saying("dropped");
        await using TestNode node = await StartAsync(
            origin, shadow, more: "{rewrite: {path: /x, host: new}}, {headers: {request: {add: [{name: x-b, value: '2'}]}}}");

        await node.GetAsync("/a?b");
        Message copy = await OneAsync(shadow);

        Assert.Equal(("GET /x?b HTTP/1.1", "new", "2"), (copy.StartLine, copy["host"], copy["x-b"]));
    }

    [Fact]
    public async Task AChunkedBody_ThatCameInPieces_IsCopiedWhole()
    {
        await using Origin origin = Origin.Answering(static request => Origin.Ok(request.Text)), shadow = Origin.Saying("dropped");
        await using TestNode node = await StartAsync(origin, shadow);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n");
        await client.SendAsync("5\r\nhello\r\n");
        await client.SendAsync("6\r\n world\r\n0\r\n\r\n");
        Message answer = await client.ReadResponseAsync();
        Message copy = await OneAsync(shadow);

        Assert.Equal("hello world", answer.Text);
        Assert.Equal(("hello world", "11", null), (copy.Text, copy["content-length"], copy["transfer-encoding"]));
    }

    [Fact]
    public async Task ALargeBody_IsNotCopied_AndCounted()
    {
        string body = new('x', 70_000);
        await using Origin origin = Origin.Answering(static request => Origin.Ok($"{request.Body.Length}")), shadow = Origin.Saying("dropped");
        await using TestNode node = await StartAsync(origin, shadow);
        using Peer client = await node.ConnectAsync();

        Message answer = await client.AskAsync($"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        await client.AskAsync("GET /small HTTP/1.1\r\nHost: web\r\n\r\n");
        Message copy = await OneAsync(shadow);

        Assert.Equal(("70000", "GET /small HTTP/1.1"), (answer.Text, copy.StartLine));
        await node.MetricIsAsync(1, "mesh_service_mirrors_total", ("kind", "body_not_kept"));
    }

    [Fact]
    public async Task ACopy_IsNeverCopiedAgain()
    {
        await using Origin origin = Origin.Saying("hi"), shadow = Origin.Saying("dropped");
        await using TestNode node = await StartAsync(origin, shadow);
        using Peer client = await node.ConnectAsync();

        await client.AskAsync("GET /copy HTTP/1.1\r\nHost: web\r\nMesh-Mirror: 1\r\n\r\n");
        await client.AskAsync("GET /request HTTP/1.1\r\nHost: web\r\n\r\n");

        Assert.Equal("GET /request HTTP/1.1", (await OneAsync(shadow)).StartLine);
        Assert.Equal("1", origin.Requests[0]["mesh-mirror"]);
    }

    [Fact]
    public async Task AClientsMark_IsNotBelieved_WhereContextIsCleared()
    {
        await using Origin origin = Origin.Saying("hi"), shadow = Origin.Saying("dropped");
        await using TestNode node = await StartAsync(origin, shadow, server: "clearContext: true");
        using Peer client = await node.ConnectAsync();

        await client.AskAsync("GET /a HTTP/1.1\r\nHost: web\r\nMesh-Mirror: 1\r\n\r\n");

        Assert.Equal("1", (await OneAsync(shadow))["mesh-mirror"]);
        Assert.False(origin.Requests[0].Has("mesh-mirror"));
    }

    [Fact]
    public async Task ASilentMirror_DelaysNobody_AndHasItsBudget()
    {
        await using Origin origin = Origin.Saying("hi");
        await using Origin silent = Origin.Scripted(static async peer =>
        {
            await peer.ReadRequestAsync();
            await peer.TryReadRequestAsync();
        });
        await using TestNode node = await StartAsync(origin, silent, mirror: ", maxInFlight: 2");
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 5; i++) Assert.Equal(200, (await client.AskAsync(Hello)).Status);

        await node.MetricIsAsync(2, "mesh_service_mirrors_total", ("kind", "sent"));
        await node.MetricIsAsync(3, "mesh_service_mirrors_total", ("kind", "over_budget"));
    }

    [Fact]
    public async Task AMirrorThatLeadsNowhere_IsCounted_AndNoneOfZeroPercentIsMade()
    {
        await using Origin origin = Origin.Saying("hi");
        await using TestNode node = await TestNode.RoutingAsync($"/svc => {Inet(origin)} ; /svc/shadow => /$/nil", """
            policies: [{match: {pathPrefix: /a}, mirror: {to: /svc/shadow}}, {mirror: {to: /svc/shadow, percent: 0}}]
            """);

        Assert.Equal((200, 200), ((await node.GetAsync("/a")).Status, (await node.GetAsync("/b")).Status));

        await node.MetricIsAsync(1, "mesh_service_mirrors_total", ("kind", "unrouted"));
    }

    [Fact]
    public async Task ARequestThatIsSentAgain_IsCopiedOnce()
    {
        int asked = 0;
        await using Origin origin = Origin.Answering(_ => Interlocked.Increment(ref asked) < 3
            ? "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n" : Origin.Ok("hi"));
        await using Origin shadow = Origin.Saying("dropped");
        await using TestNode node = await StartAsync(origin, shadow, router: """
            service: {responseClassifier: {kind: io.l5d.http.retryableAll5XX}}, client: {failureAccrual: {kind: none}}
            """);
        using Peer client = await node.ConnectAsync();

        Message answer = await client.AskAsync(Hello);
        await client.AskAsync(Hello);

        await Eventually.HoldsAsync(() => shadow.Requests.Count >= 2, () => node.Log);
        Assert.Equal((200, 2, 4), (answer.Status, shadow.Requests.Count, origin.Requests.Count));
        Assert.All(origin.Requests.Concat(shadow.Requests), static request => Assert.Equal("hello", request.Text));
    }

    [Fact]
    public async Task ALongResponse_ToACopy_EndsWithItsConnection()
    {
        await using Origin origin = Origin.Saying("hi");
        await using Origin shadow = Origin.Answering(static _ => Origin.Ok(new string('x', 2_000_000)));
        await using TestNode node = await StartAsync(origin, shadow);

        await node.GetAsync("/1");
        await node.MetricIsAsync(1, "mesh_destination_response_codes_total", ("destination", Inet(shadow)), ("code", "200"));
        await node.GetAsync("/2");

        await Eventually.HoldsAsync(() => shadow.Connections == 2, () => $"{shadow.Connections}");
    }

    private static string Inet(Origin origin) => $"/$/inet/127.0.0.1/{origin.Port}";

    private static Task<TestNode> StartAsync(
        Origin origin, Origin shadow, string mirror = "", string more = "", string router = "", TransportKind transport = TransportKind.Auto,
        string server = "") => TestNode.RoutingAsync(
            $"/svc => {Inet(origin)} ; /svc/shadow => {Inet(shadow)}",
            $"policies: [{{mirror: {{to: /svc/shadow{mirror}}}}}{(more.Length > 0 ? ", " + more : "")}]{(router.Length > 0 ? ", " + router : "")}",
            server, transport);

    private static async Task<Message> OneAsync(Origin shadow)
    {
        await Eventually.HoldsAsync(() => shadow.Requests.Count >= 1, () => "no copy came");
        return Assert.Single(shadow.Requests);
    }
}
