using System.Globalization;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>A server's keys, written as operators write them: what it tells with requests, believes of them, and lets in.</summary>
public sealed class ServerKeyTests
{
    [Fact]
    public async Task ClearContext_BelievesNothing_AndTellsNothing()
    {
        await using Origin origin = Origin.Answering(
            _ => "HTTP/1.1 103 Early Hints\r\nl5d-secret: x\r\n\r\n" + Origin.Ok("hi", "l5d-secret: x\r\n"));
        await using TestNode node = await TestNode.BeforeAsync(origin, server: "clearContext: true");
        using Peer client = await node.ConnectAsync();

        Message interim = await client.AskAsync(
            "GET / HTTP/1.1\r\nHost: web\r\nl5d-dtab: /svc => !\r\nl5d-ctx-dtab: no dtab\r\nl5d-remaining-ms: 0\r\nl5d-mine: 1\r\n"
            + "l5d-sample: 1\r\nl5d-ctx-deadline: 1 2\r\nl5d-ctx-trace: AAAA\r\n\r\n");
        Message response = await client.ReadResponseAsync();

        Message seen = Assert.Single(origin.Requests);
        Assert.Equal((103, 200), (interim.Status, response.Status));
        Assert.False(seen.Has("l5d-mine") || seen.Has("l5d-dtab") || seen.Has("l5d-remaining-ms") || seen.Has("l5d-ctx-deadline"));
        Assert.NotEqual("AAAA", seen["l5d-ctx-trace"]);
        Assert.Equal("/svc/web", seen["l5d-dst-service"]);
        Assert.DoesNotContain("l5d-", interim.Head + response.Head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task ClearContext_TakesNoNameFromTheMeshsOwnHeaders()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(
            origin, "identifier: [{kind: io.l5d.header}, {kind: io.l5d.header.token}]", "clearContext: true");
        using Peer client = await node.ConnectAsync();

        await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nl5d-name: /admin\r\n\r\n");

        Assert.Equal("/svc/web", Assert.Single(origin.Requests)["l5d-dst-service"]);
    }

    [Fact]
    public async Task ClearContext_ReducesErrorsToTheirStatus()
    {
        await using Origin failing = Origin.Answering(
            _ => "HTTP/1.1 502 Bad Gateway\r\nl5d-err: secret\r\nContent-Length: 6\r\n\r\nsecret");
        await using TestNode node = await TestNode.RoutingAsync(
            $"/svc/far => /$/inet/127.0.0.1/{failing.Port} ; /svc/none => ~", server: "clearContext: true");
        using Peer client = await node.ConnectAsync();

        foreach (string host in new[] { "far", "none", "far" })
        {
            Message response = await client.AskAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
            Assert.Equal((502, ""), (response.Status, response.Text));
            Assert.False(response.Has("l5d-err"));
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: web\r\nno field\r\n\r\n", 400)]
    [InlineData("CONNECT web:443 HTTP/1.1\r\nHost: web:443\r\n\r\n", 405)]
    public async Task ClearContext_ReducesARefusalOfTheMessageItselfToItsStatus(string message, int status)
    {
        await using TestNode node = await TestNode.RoutingAsync("/svc => ~", server: "clearContext: true");
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync(message);

        Assert.Equal((status, ""), (response.Status, response.Text));
        Assert.False(response.Has("l5d-err"));
    }

    [Theory]
    [InlineData("{kind: ip}", "{kind: 'ip:port'}", "^by=127\\.0\\.0\\.1;for=\"127\\.0\\.0\\.1:\\d+\";host=web$")]
    [InlineData("{kind: router}", "{kind: static, label: me}", "^by=_test;for=_me;host=web$")]
    [InlineData("{kind: requestRandom}", "{kind: connectionRandom}", "^by=_[A-Za-z0-9]{6};for=_[A-Za-z0-9]{6};host=web$")]
    public async Task Forwarded_NamesWhomTheOperatorLetsItName(string by, string of, string value)
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, server: $"addForwardedHeader: {{by: {by}, for: {of}}}");

        await node.GetAsync();

        Assert.Matches(value, Assert.Single(origin.Requests)["Forwarded"]);
    }

    [Fact]
    public async Task Forwarded_LabelsOfAConnectionStay_ThoseOfARequestChange()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, server: "addForwardedHeader: {by: {kind: connectionRandom}}");
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 2; i++) await client.AskAsync("GET http://web:8080/ HTTP/1.1\r\nHost: web:8080\r\n\r\n");

        string[][] parts = [.. origin.Requests.Select(static request => request["Forwarded"]!.Split(';'))];
        Assert.Equal(parts[0][0], parts[1][0]);
        Assert.NotEqual(parts[0][1], parts[1][1]);
        Assert.Equal(["host=\"web:8080\"", "proto=http"], parts[0][2..]);
    }

    [Fact]
    public async Task Timestamp_TellsWhenTheRequestWasSentOn()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, server: "timestampHeader: X-Request-Start");
        long before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

        await node.GetAsync();

        long told = long.Parse(Assert.Single(origin.Requests)["X-Request-Start"]!, CultureInfo.InvariantCulture);
        Assert.InRange(told, before, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
    }

    [Theory]
    [InlineData("Via: 1.1 a, 1.1 b\r\n", 200)]
    [InlineData("Via: 1.1 a, 1.1 b, 1.1 c\r\n", 400)]
    [InlineData("Via: 1.1 a, 1.1 b\r\nVia: 1.1 c\r\n", 400)]
    public async Task CallsThatGoInCircles_AreEnded(string via, int status)
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, server: "maxCallDepth: 2");
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync($"GET / HTTP/1.1\r\nHost: web\r\n{via}\r\n");

        Assert.Equal(status, response.Status);
        if (status == 400) Assert.StartsWith("Maximum number of calls (2) has been exceeded", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestsBeyondTheLimit_AreRefusedAtOnce_UntilOneEnds()
    {
        TaskCompletionSource arrived = new(), release = new();
        await using Origin origin = Origin.Scripted(async peer =>
        {
            while (await peer.TryReadRequestAsync() is not null)
            {
                arrived.TrySetResult();
                await release.Task;
                await peer.SendAsync(Origin.Ok("done"));
            }
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, server: "maxConcurrentRequests: 1");
        using Peer first = await node.ConnectAsync();
        using Peer second = await node.ConnectAsync();
        await first.SendAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        await arrived.Task.WaitAsync(Peer.Patience);

        Message refused = await second.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        Message body = await second.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 2\r\n\r\nhi");
        release.SetResult();
        Message served = await first.ReadResponseAsync();
        using Peer third = await node.ConnectAsync();
        await node.MetricIsAsync(1, "mesh_service_success_total");
        Message after = await third.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");

        Assert.Equal((503, "true", "true"), (refused.Status, refused["finagle-http-nack"], refused["l5d-retryable"]));
        Assert.Equal((503, "true"), (body.Status, body["finagle-http-nonretryable-nack"]));
        Assert.Equal((200, 200), (served.Status, after.Status));
    }

    [Theory]
    [InlineData("", "timeoutMs: 30")]
    [InlineData("service: {totalTimeoutMs: 30}", "")]
    [InlineData("service: {kind: io.l5d.static, configs: [{prefix: /svc/other, totalTimeoutMs: 60000}, {prefix: '/svc/*', totalTimeoutMs: 30}]}", "")]
    [InlineData("client: {kind: io.l5d.static, configs: [{prefix: '/$/inet', requestAttemptTimeoutMs: 30}]}", "")]
    public async Task TimeLimits_HoldTowardsASilentBackend(string router, string server)
    {
        await using Origin silent = Origin.Scripted(static async peer => await peer.ReadToEndAsync());
        await using TestNode node = await TestNode.BeforeAsync(silent, router, server);

        Message response = await node.GetAsync();

        // On a busy machine the time may be over before the name was bound: that is told in other words.
        Assert.Equal((503, true), (response.Status, response.Has("l5d-err")));
    }

    [Fact]
    public async Task AllSuccessful_JudgesNoStatus()
    {
        await using Origin origin = Origin.Answering(_ => "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n");
        await using TestNode node = await TestNode.BeforeAsync(origin, "service: {responseClassifier: {kind: io.l5d.http.allSuccessful}}");

        Message response = await node.GetAsync();

        Assert.Equal("1.0", response["l5d-success-class"]);
        await node.MetricIsAsync(1, "mesh_service_success_total", ("service", "/svc/web"));
    }

    [Fact]
    public async Task AccessLog_HasALineForEachResponseOfABackend()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            await using Origin origin = Origin.Saying("hello");
            await using (TestNode node = await TestNode.RoutingAsync(
                $"/svc/web => /$/inet/127.0.0.1/{origin.Port}", $"httpAccessLog: '{file}'"))
            {
                using Peer client = await node.ConnectAsync();
                await client.AskAsync("GET /a?b=c HTTP/1.1\r\nHost: web\r\nUser-Agent: me\r\nReferer: there\r\n\r\n");
                await client.AskAsync("GET / HTTP/1.1\r\nHost: nobody\r\n\r\n");
            }

            string line = Assert.Single(await File.ReadAllLinesAsync(file));
            Assert.Matches("^web 127\\.0\\.0\\.1 - - \\[.+\\] \"GET /a\\?b=c HTTP/1\\.1\" 200 5 \"there\" \"me\"$", line);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
