using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>A namerd says with which host the addresses of a destination want to be asked (Consul's <c>setHost</c>).</summary>
public sealed class AuthorityTests : IAsyncDisposable
{
    private const string Authority = "web.service.dc1.consul";

    private readonly Origin _app;
    private readonly Origin _plain;
    private readonly Origin _namerd;
    private string _fields = "";
    private bool _fails;

    public AuthorityTests()
    {
        _app = Origin.Answering(_ => _fails ? "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" : Origin.Ok("app", _fields));
        _plain = Origin.Answering(_ => _fails ? "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" : Origin.Ok("plain"));
        _namerd = Origin.Answering(Answer);
    }

    public async ValueTask DisposeAsync()
    {
        await _namerd.DisposeAsync();
        await _app.DisposeAsync();
        await _plain.DisposeAsync();
    }

    [Fact]
    public async Task RequestsGoOutWithTheAuthorityOfTheirDestination_AndOthersWithTheirOwn()
    {
        await using TestNode node = await StartAsync();

        Assert.Equal(("app", Authority), ((await node.GetAsync()).Text, _app.Requests[^1]["Host"]));
        Assert.Equal(("plain", "plain"), ((await node.GetAsync(host: "plain")).Text, _plain.Requests[^1]["Host"]));
    }

    [Fact]
    public async Task WhatTheResponseSaysOfThatHost_IsSaidOfTheClients()
    {
        string loud = Authority.ToUpperInvariant();
        _fields = $"Location: http://{Authority}/a?at={Authority}\r\nRefresh: 5; url=http://{loud}/b\r\nX-Other: {Authority}\r\n";
        await using TestNode node = await StartAsync();

        Message answer = await node.GetAsync();

        Assert.Equal(
            ($"http://web/a?at={Authority}", "5; url=http://web/b", Authority), (answer["Location"], answer["Refresh"], answer["X-Other"]));
    }

    [Theory]
    [InlineData($"https://{Authority}m/x")]
    [InlineData($"/{Authority}/login")]
    [InlineData($"http://{Authority}:8080/")]
    [InlineData($"http://www.{Authority}/")]
    public async Task WhatOnlyBeginsOrEndsLikeThatHost_StaysAsItIs(string location)
    {
        _fields = $"Location: {location}\r\n";
        await using TestNode node = await StartAsync();

        Assert.Equal(location, (await node.GetAsync())["Location"]);
    }

    [Fact]
    public async Task AttemptElsewhere_GoesOutWithItsOwn()
    {
        _fails = true;
        await using TestNode node = await StartAsync(
            "service: {responseClassifier: {kind: io.l5d.http.retryableRead5XX}, retries: {backoff: {kind: constant, ms: 1}, maxRetries: 2}},");

        int asked = 0;
        while (asked++ < 100 && (_app.Requests.Count == 0 || _plain.Requests.Count == 0))
            Assert.Equal(503, (await node.GetAsync(host: "both")).Status);

        Assert.All(_app.Requests, static request => Assert.Equal(Authority, request["Host"]));
        Assert.All(_plain.Requests, static request => Assert.Equal("both", request["Host"]));
        Assert.NotEmpty(_app.Requests);
        Assert.NotEmpty(_plain.Requests);
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
        string web = Leaf("web", isPlain: false), plain = Leaf("plain", isPlain: true);
        string document = target.Contains("/api/1/addr/", StringComparison.Ordinal)
            ? Addresses(target.Contains("/#/plain", StringComparison.Ordinal))
            : target.Contains("/svc/both", StringComparison.Ordinal)
                ? $$$"""{"type":"union","union":[{"weight":1,"tree":{{{web}}}},{"weight":1,"tree":{{{plain}}}}]}"""
                : target.Contains("/svc/plain", StringComparison.Ordinal) ? plain : web;
        return Origin.Ok(document + "\n", "Content-Type: application/json\r\n");
    }

    private string Leaf(string id, bool isPlain) =>
        $$$"""{"type":"leaf","bound":{"addr":{{{Addresses(isPlain)}}},"id":"/#/{{{id}}}","path":"/"}}""";

    /// <summary>An authority that is none is not believed.</summary>
    private string Addresses(bool isPlain)
    {
        (int port, string authority) = isPlain ? (_plain.Port, "no\\r\\nhost: x") : (_app.Port, Authority);
        return FormattableString.Invariant(
            $$$"""{"type":"bound","addrs":[{"ip":"127.0.0.1","port":{{{port}}},"meta":{}}],"meta":{"authority":"{{{authority}}}"}}""");
    }
}
