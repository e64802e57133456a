using System.Net;
using Mesh.Node.Hosting;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>What policies do with requests, over real sockets; those of a router, which are read as a namespace's are.</summary>
public sealed class PolicyTests
{
    public static TheoryData<TransportKind> Transports => TestNode.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Heads_AreChangedOnTheirWay(TransportKind transport)
    {
        await using Origin origin = Origin.Answering(static _ => Origin.Ok("hi", "Server: secret\r\nX-Old: 1\r\n"));
        await using TestNode node = await TestNode.BeforeAsync(origin, """
            policies: [{headers: {request: {set: [{name: x-env, value: prod}], remove: [x-debug]},
              response: {set: [{name: x-new, value: '2'}], remove: [server, x-old]}}}]
            """, transport: transport);
        using Peer client = await node.ConnectAsync();

        Message first = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nX-Debug: 1\r\nX-Env: test\r\n\r\n");
        Message second = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");

        Assert.All((Message[])[first, second], static answer =>
            Assert.Equal((200, "hi", "2", null, null), (answer.Status, answer.Text, answer["x-new"], answer["server"], answer["x-old"])));
        Assert.All(origin.Requests, static request => Assert.Equal(("prod", null), (request["x-env"], request["x-debug"])));
    }

    [Fact]
    public async Task PathAndHost_AreRewritten_TheNameStaysAsItWas()
    {
        await using Origin origin = Origin.Saying("hi");
        await using TestNode node = await TestNode.BeforeAsync(
            origin, "policies: [{match: {service: /svc/web, pathPrefix: /v1}, rewrite: {prefix: /v2, host: users.internal}}]");

        await node.GetAsync("/v1/a?b=c");
        await node.GetAsync("/v10");
        await node.GetAsync("/v1", host: "other");

        Assert.Equal(
            ["GET /v2/a?b=c HTTP/1.1", "GET /v10 HTTP/1.1", "GET /v1 HTTP/1.1"], origin.Requests.Select(static request => request.StartLine));
        Assert.Equal(["users.internal", "web", "other"], origin.Requests.Select(static request => request["host"]));
        Assert.Equal("/svc/web", origin.Requests[0]["l5d-dst-service"]);
    }

    [Fact]
    public async Task PathAndHost_AreRewritten_WhateverIsSpokenToTheEndpoint()
    {
        await using Origin origin = Origin.Saying("hi");
        await using TestNode next = await TestNode.BeforeAsync(origin);
        await using TestNode node = await TestNode.RoutingAsync(
            $"/svc => /$/inet/127.0.0.1/{next.Address.Port}",
            "client: {protocol: h2}, policies: [{match: {pathPrefix: /v1}, rewrite: {prefix: /v2, host: users.internal}}]");

        await node.GetAsync("/v1/a?b=c");

        Assert.Equal(("GET /v2/a?b=c HTTP/1.1", "users.internal"), (origin.Requests[0].StartLine, origin.Requests[0]["host"]));
    }

    [Fact]
    public async Task Rewrite_IsOfWhatTheClientSent_WhateverAnIdentifierConsumed()
    {
        await using Origin origin = Origin.Saying("hi");
        await using TestNode node = await TestNode.BeforeAsync(origin, """
            identifier: {kind: io.l5d.path, segments: 1, consume: true}, policies: [{match: {pathPrefix: /web/v1}, rewrite: {prefix: /v2}}]
            """);

        await node.GetAsync("/web/v1/a");
        await node.GetAsync("/web/a");

        Assert.Equal(["GET /v2/a HTTP/1.1", "GET /a HTTP/1.1"], origin.Requests.Select(static request => request.StartLine));
    }

    [Fact]
    public async Task Redirect_IsAnsweredHere_AlsoWhereTheNameLeadsNowhere()
    {
        await using TestNode node = await TestNode.RoutingAsync("/svc => /$/nil", """
            policies: [{match: {pathPrefix: /old}, redirect: {status: 308, scheme: https, prefix: /new}}]
            """);
        using Peer client = await node.ConnectAsync();

        Message moved = await client.AskAsync("POST /old/a?b HTTP/1.1\r\nHost: web:8080\r\nContent-Length: 5\r\n\r\nhello");
        Message next = await client.AskAsync("GET /old HTTP/1.1\r\nHost: web\r\n\r\n");
        Message other = await client.AskAsync("GET /older HTTP/1.1\r\nHost: web\r\n\r\n");

        Assert.Equal((308, "https://web/new/a?b", "0"), (moved.Status, moved["location"], moved["content-length"]));
        Assert.Equal((308, "https://web/new", null), (next.Status, next["location"], next["l5d-err"]));
        Assert.Equal(502, other.Status);
    }

    [Fact]
    public async Task Redirect_OfANameThatLeadsSomewhere_CallsNobody_AndIsCounted()
    {
        await using Origin origin = Origin.Saying("hi");
        await using TestNode node = await TestNode.BeforeAsync(origin, "policies: [{match: {method: PUT}, redirect: {path: /x}}]");
        using Peer client = await node.ConnectAsync();

        Message first = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        Message moved = await client.AskAsync("PUT /a HTTP/1.1\r\nHost: web\r\n\r\n");

        Assert.Equal((200, 302, "/x"), (first.Status, moved.Status, moved["location"]));
        Assert.Single(origin.Requests);
        await node.MetricIsAsync(1, "mesh_service_redirects_total", ("service", "/svc/web"));
        await node.MetricIsAsync(1, "mesh_service_response_codes_total", ("service", "/svc/web"), ("code", "302"));
    }

    [Fact]
    public async Task Redirect_ToASchemeOfNoHost_Is400()
    {
        await using Origin origin = Origin.Saying("hi");
        await using TestNode node = await TestNode.BeforeAsync(origin, """
            identifier: {kind: io.l5d.static, path: /web}, policies: [{redirect: {scheme: https}}]
            """);
        using Peer client = await node.ConnectAsync();

        Message answer = await client.AskAsync("GET / HTTP/1.0\r\n\r\n");

        Assert.Equal(400, answer.Status);
        Assert.Contains("send a Host field", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fault_AbortsAndDelays_AndSaysWhoseDoingItIs()
    {
        await using Origin origin = Origin.Saying("hi");
        await using TestNode node = await TestNode.BeforeAsync(origin, """
            policies: [{match: {pathPrefix: /no}, fault: {abort: {status: 599}}}, {match: {pathPrefix: /slow}, fault: {delay: {ms: 50}}}]
            """);

        Message aborted = await node.GetAsync("/no");
        long began = TimeProvider.System.GetTimestamp();
        Message slow = await node.GetAsync("/slow");

        Assert.Equal((599, "abort"), (aborted.Status, aborted["l5d-fault-injected"]));
        Assert.Contains("`fault` of policy 1 of router test answers 599 in place of /svc/web", aborted.Text, StringComparison.Ordinal);
        Assert.Equal((200, 1), (slow.Status, origin.Requests.Count));
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(50), "it did not wait");
        await node.MetricIsAsync(1, "mesh_service_injected_total", ("kind", "abort"));
        await node.MetricIsAsync(1, "mesh_service_injected_total", ("kind", "delay"));
    }

    [Fact]
    public async Task Resilience_HoldsForItsPathAlone()
    {
        int asked = 0;
        await using Origin origin = Origin.Answering(_ => Interlocked.Increment(ref asked) % 2 == 1
            ? "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n" : Origin.Ok("hi"));
        await using TestNode node = await TestNode.BeforeAsync(origin, """
            client: {failureAccrual: {kind: none}},
            policies: [{match: {pathPrefix: /again}, resilience: {responseClassifier: {kind: io.l5d.http.retryableRead5XX}}}]
            """);

        Message again = await node.GetAsync("/again");
        Message once = await node.GetAsync("/once");

        Assert.Equal((200, 503, 3), (again.Status, once.Status, origin.Requests.Count));
    }

    [Theory]
    [InlineData("resilience: {totalTimeoutMs: 100}", "totalTimeoutMs is 100 ms")]
    [InlineData("resilience: {requestAttemptTimeoutMs: 100}", "requestAttemptTimeoutMs is 100 ms")]
    public async Task ATimeLimit_HoldsForItsPathAlone(string action, string why)
    {
        await using Origin silent = Origin.Scripted(static async peer =>
        {
            await peer.ReadRequestAsync();
            await peer.TryReadRequestAsync();
        });
        await using TestNode node = await TestNode.BeforeAsync(silent, $"policies: [{{match: {{pathPrefix: /short}}, {action}}}]");

        Message late = await node.GetAsync("/short");

        Assert.Equal(503, late.Status);
        Assert.Contains(why, WebUtility.UrlDecode(late["l5d-err"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABudgetThatIsSpent_StaysSpent_WhenAnotherRuleChanges()
    {
        await using Origin failing = Origin.Answering(static _ => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        string config(string other) => $$"""
            { admin: {port: 0}, loops: 1, routers: [{ protocol: http, label: test, dtab: /svc => /$/inet/127.0.0.1/{{failing.Port}},
              client: {failureAccrual: {kind: none} }, policies: [{{other}}{match: {pathPrefix: /a}, resilience: {
                responseClassifier: {kind: io.l5d.http.retryableRead5XX},
                retries: {maxRetries: 100, budget: {ttlSecs: 60, minRetriesPerSec: 1, percentCanRetry: 0} } } }], servers: [{ port: 0 }] }] }
            """;
        await using TestNode node = await TestNode.StartAsync(config(""));

        await node.GetAsync("/a");
        int first = failing.Requests.Count;
        node.Reload(config("{match: {method: PUT}, rewrite: {path: /}}, "));
        await node.GetAsync("/a");

        Assert.Equal((61, 62), (first, failing.Requests.Count));
    }

    [Fact]
    public async Task AReload_BringsOtherPolicies_AlsoToNamesThatAreBound()
    {
        await using Origin origin = Origin.Saying("hi");
        string config(string policies) => $$"""
            { admin: {port: 0}, loops: 1, routers: [{ protocol: http, label: test, dtab: /svc => /$/inet/127.0.0.1/{{origin.Port}},
              {{policies}} servers: [{ port: 0 }] }] }
            """;
        await using TestNode node = await TestNode.StartAsync(config(""));
        using Peer client = await node.ConnectAsync();
        const string Request = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

        int before = (await client.AskAsync(Request)).Status;
        ReloadStatus reload = node.Reload(config("policies: [{fault: {abort: {status: 555}}}],"));
        int during = (await client.AskAsync(Request)).Status;
        node.Reload(config(""));
        int after = (await client.AskAsync(Request)).Status;

        Assert.True(reload.RestartNeeded.IsEmpty, string.Join(' ', reload.RestartNeeded));
        Assert.Equal((200, 555, 200), (before, during, after));
    }
}
