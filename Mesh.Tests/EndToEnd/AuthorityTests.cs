using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>A namerd says with which host the addresses of a destination want to be asked (Consul's <c>setHost</c>).</summary>
public sealed class AuthorityTests : IAsyncDisposable
{
    private const string Authority = "web.service.dc1.consul";

    private readonly Origin _app;
    private readonly Origin _namerd;
    private string _fields = "";
    private bool _fails;

    public AuthorityTests()
    {
        _app = Origin.Answering(_ => _fails ? "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" : Origin.Ok("app", _fields));
        _namerd = Origin.Answering(Answer);
    }

    public async ValueTask DisposeAsync()
    {
        await _namerd.DisposeAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task RequestsGoOutWithTheAuthorityOfTheirDestination_AndOthersWithTheirOwn()
    {
        await using TestNode node = await StartAsync();

        Assert.Equal(("app", Authority), ((await node.GetAsync()).Text, _app.Requests[^1]["Host"]));
        Assert.Equal(("app", "plain"), ((await node.GetAsync(host: "plain")).Text, _app.Requests[^1]["Host"]));
    }

    [Fact]
    public async Task WhatTheResponseSaysOfThatHost_IsSaidOfTheClients()
    {
        _fields = $"Location: http://{Authority}/a?at={Authority}\r\nRefresh: 5; url=http://{Authority}/b\r\nX-Other: {Authority}\r\n";
        await using TestNode node = await StartAsync();

        Message answer = await node.GetAsync();

        Assert.Equal(("http://web/a?at=web", "5; url=http://web/b", Authority), (answer["Location"], answer["Refresh"], answer["X-Other"]));
    }

    [Fact]
    public async Task AttemptElsewhere_GoesOutWithItsOwn()
    {
        _fails = true;
        await using TestNode node = await StartAsync(
            "service: {responseClassifier: {kind: io.l5d.http.retryableRead5XX}, retries: {backoff: {kind: constant, ms: 1}, maxRetries: 2}},");

        Assert.Equal(503, (await node.GetAsync(host: "both")).Status);

        Assert.All(_app.Requests, request => Assert.Contains(request["Host"], new[] { Authority, "both" }));
        Assert.Equal(3, _app.Requests.Count);
    }

    [Fact]
    public async Task HostOfAPolicy_GoesBefore()
    {
        await using TestNode node = await StartAsync("policies: [{rewrite: {host: policy.example}}],");

        Assert.Equal(("app", "policy.example"), ((await node.GetAsync()).Text, _app.Requests[^1]["Host"]));
    }

    private Task<TestNode> StartAsync(string router = "") => TestNode.StartAsync($$"""
        { admin: {port: 0}, loops: 1, routers: [{ protocol: http, label: test, servers: [{ port: 0 }], {{router}}
          interpreter: {kind: io.l5d.namerd.http, dst: /$/inet/127.0.0.1/{{_namerd.Port}}, namespace: web} }] }
        """);

    /// <summary>One document an answer: what is known stays when a watch ends.</summary>
    private string Answer(Message request)
    {
        string target = Uri.UnescapeDataString(request.StartLine);
        string web = Leaf("web", Authority), plain = Leaf("plain", "no\\r\\nhost: x");
        string document = target.Contains("/api/1/addr/", StringComparison.Ordinal)
            ? Addresses(target.Contains("/#/plain", StringComparison.Ordinal) ? "no\\r\\nhost: x" : Authority)
            : target.Contains("/svc/both", StringComparison.Ordinal)
                ? $$$"""{"type":"union","union":[{"weight":1,"tree":{{{web}}}},{"weight":1,"tree":{{{plain}}}}]}"""
                : target.Contains("/svc/plain", StringComparison.Ordinal) ? plain : web;
        return Origin.Ok(document + "\n", "Content-Type: application/json\r\n");
    }

    private string Leaf(string id, string authority) =>
        $$$"""{"type":"leaf","bound":{"addr":{{{Addresses(authority)}}},"id":"/#/{{{id}}}","path":"/"}}""";

    private string Addresses(string authority) => FormattableString.Invariant(
        $$$"""{"type":"bound","addrs":[{"ip":"127.0.0.1","port":{{{_app.Port}}},"meta":{}}],"meta":{"authority":"{{{authority}}}"}}""");
}
