using System.Diagnostics;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Failed requests that are sent again: which, how often, where to, and what is told of it.</summary>
public sealed class RetryTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    private const string Post = "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n\r\nbody";
    private const string Error = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";
    private const string Reads = "service: {responseClassifier: {kind: io.l5d.http.retryableRead5XX}}";

    [Fact]
    public async Task ReadThatFails_IsAnsweredByAnotherEndpoint()
    {
        await using Origin bad = Origin.Answering(_ => Error);
        await using Origin good = Origin.Saying("hello");
        using NamesFolder names = new();
        names.Write("web", bad, good);
        await using TestNode node = await TestNode.RoutingAsync("/svc => /#/io.l5d.fs", Reads, top: names.Config);
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 20; i++) Assert.Equal((200, "hello"), Of(await client.AskAsync(Get)));

        Assert.Equal(bad.Requests.Count, node.Metric("mesh_service_retries_total"));
        Assert.InRange(bad.Requests.Count, 1, 20);
        Assert.Equal(20, node.Metric("mesh_service_success_total", ("service", "/svc/web")));
    }

    [Theory]
    [InlineData("nonRetryable5XX", Get, 1)]
    [InlineData("retryableRead5XX", Get, 6)]
    [InlineData("retryableRead5XX", "PUT / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n\r\nbody", 1)]
    [InlineData("retryableIdempotent5XX", "PUT / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n\r\nbody", 6)]
    [InlineData("retryableIdempotent5XX", Post, 1)]
    [InlineData("retryableAll5XX", Post, 6)]
    [InlineData("allSuccessful", Get, 1)]
    public async Task Classifier_SaysWhichMethodsAreSentAgain(string classifier, string request, int times)
    {
        await using Origin bad = Origin.Answering(_ => Error);
        await using TestNode node = await TestNode.BeforeAsync(bad, $"service: {{responseClassifier: {{kind: io.l5d.http.{classifier}}}}}");
        using Peer client = await node.ConnectAsync();

        Message answer = await client.AskAsync(request);

        Assert.Equal((503, "busy"), Of(answer));
        Assert.Equal(times, bad.Requests.Count);
        Assert.All(bad.Requests, seen => Assert.Equal(request.EndsWith("body", StringComparison.Ordinal) ? "body" : "", seen.Text));
    }

    [Fact]
    public async Task MaxRetries_BoundsOneRequest_AndTheFailureIsMarkedAsSpent()
    {
        await using Origin bad = Origin.Answering(_ => Error);
        await using TestNode node = await TestNode.BeforeAsync(
            bad, "service: {responseClassifier: {kind: io.l5d.http.retryableRead5XX}, retries: {maxRetries: 2}}");
        using Peer client = await node.ConnectAsync();

        Message answer = await client.AskAsync(Get);

        Assert.Equal("true", answer["l5d-retries-spent"]);
        Assert.Equal("0.0", answer["l5d-success-class"]);
        Assert.Equal(3, bad.Requests.Count);
        Assert.Equal(1, node.Metric("mesh_service_retry_limits_total"));
    }

    [Fact]
    public async Task Budget_BoundsAllRequestsTogether()
    {
        await using Origin bad = Origin.Answering(_ => Error);
        await using TestNode node = await TestNode.BeforeAsync(bad, """
            service: {responseClassifier: {kind: io.l5d.http.retryableRead5XX},
              retries: {budget: {minRetriesPerSec: 0, percentCanRetry: 0.2, ttlSecs: 60}}}, client: {failureAccrual: {kind: none}}
            """);
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 50; i++) Assert.Equal("true", (await client.AskAsync(Get))["l5d-retries-spent"]);

        Assert.Equal(60, bad.Requests.Count);
        Assert.Equal(10, node.Metric("mesh_service_retries_total"));
    }

    [Fact]
    public async Task FailureThatWasTriedAgainBehind_IsNotTriedAgainHere()
    {
        await using Origin leaf = Origin.Answering(_ => Error);
        await using TestNode inner = await TestNode.BeforeAsync(
            leaf, "service: {responseClassifier: {kind: io.l5d.http.retryableRead5XX}, retries: {maxRetries: 1}}");
        await using TestNode outer = await TestNode.RoutingAsync($"/svc => /$/inet/127.0.0.1/{inner.Address.Port}", Reads);

        Message answer = await outer.GetAsync();

        Assert.Equal((503, "busy"), Of(answer));
        Assert.Equal(2, leaf.Requests.Count);
        Assert.Equal("true", answer["l5d-retries-spent"]);
        Assert.Equal(double.NaN, outer.Metric("mesh_service_retries_total"));
    }

    [Fact]
    public async Task FailureThatProvablyDidNothing_IsTriedAgain_WhateverTheMethod()
    {
        int asked = 0;
        await using Origin origin = Origin.Answering(_ => ++asked == 1
            ? "HTTP/1.1 502 Bad Gateway\r\nl5d-err: no+route\r\nl5d-retryable: true\r\nContent-Length: 0\r\n\r\n"
            : Origin.Ok("second"));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message answer = await client.AskAsync(Post);

        Assert.Equal((200, "second"), Of(answer));
        Assert.Equal("body", origin.Requests[1].Text);
    }

    [Fact]
    public async Task PauseBeforeARetry_IsTheBackoffs()
    {
        int asked = 0;
        await using Origin origin = Origin.Answering(_ => ++asked == 1 ? Error : Origin.Ok("later"));
        await using TestNode node = await TestNode.BeforeAsync(origin, """
            service: {responseClassifier: {kind: io.l5d.http.retryableRead5XX}, retries: {backoff: {kind: constant, ms: 300}}}
            """);
        long began = Stopwatch.GetTimestamp();

        Message answer = await node.GetAsync();

        Assert.Equal((200, "later"), Of(answer));
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(300));
    }

    [Fact]
    public async Task RetryThatWouldComeTooLate_IsNotMade()
    {
        await using Origin origin = Origin.Answering(_ => Error);
        await using TestNode node = await TestNode.BeforeAsync(origin, """
            service: {totalTimeoutMs: 20000, responseClassifier: {kind: io.l5d.http.retryableRead5XX},
              retries: {backoff: {kind: constant, ms: 20000}}}
            """);

        Message answer = await node.GetAsync();

        Assert.Equal((503, "busy"), Of(answer));
        Assert.Single(origin.Requests);
    }

    [Fact]
    public async Task AttemptThatTakesTooLong_IsMadeAgainElsewhere()
    {
        await using Origin silent = Origin.Scripted(async peer => await peer.TryReadRequestAsync());
        await using Origin good = Origin.Saying("hello");
        using NamesFolder names = new();
        names.Write("web", silent, good);
        await using TestNode node = await TestNode.RoutingAsync(
            "/svc => /#/io.l5d.fs", Reads + ", client: {requestAttemptTimeoutMs: 200, loadBalancer: {kind: roundRobin}}", top: names.Config);
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 4; i++) Assert.Equal((200, "hello"), Of(await client.AskAsync(Get)));

        Assert.InRange(node.Metric("mesh_service_retries_total"), 1, 4);
    }

    [Fact]
    public async Task EndpointThatPushesBack_IsSpared_AndNotTakenOut()
    {
        await using Origin busy = Origin.Answering(_ => Error.Replace("\r\n\r\n", "\r\nRetry-After: 60\r\n\r\n", StringComparison.Ordinal));
        await using Origin good = Origin.Saying("hello");
        using NamesFolder names = new();
        names.Write("web", busy, good);
        await using TestNode node = await TestNode.RoutingAsync(
            "/svc => /#/io.l5d.fs", Reads + ", client: {loadBalancer: {kind: roundRobin}}", top: names.Config);
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 30; i++) Assert.Equal((200, "hello"), Of(await client.AskAsync(Get)));

        Assert.Single(busy.Requests);
        Assert.Equal(0, node.Metric("mesh_destination_breaker_deaths_total"));
    }

    private static (int Status, string Text) Of(Message message) => (message.Status, message.Text);
}
