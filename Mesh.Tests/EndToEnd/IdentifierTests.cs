using System.Collections.Immutable;
using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>What each kind of identifier names requests, as the backend is told.</summary>
public sealed class IdentifierTests
{
    [Theory]
    [InlineData("GET /a/b/c?d HTTP/1.1\r\nHost: web", "/svc/a/b", "GET /c?d HTTP/1.1")]
    [InlineData("GET http://web/a/b/ HTTP/1.1\r\nHost: other", "/svc/a/b", "GET / HTTP/1.1")]
    [InlineData("GET /a/b/c HTTP/1.1\r\nHost: web\r\nl5d-name: /by/header", "/svc/by/header", "GET /a/b/c HTTP/1.1")]
    [InlineData("PUT /a HTTP/1.1\r\nHost: Web:80\r\nContent-Length: 0", "/svc/1.1/PUT/web:80", "PUT /a HTTP/1.1")]
    [InlineData("GET /a HTTP/1.0\r\nHost: web\r\nConnection: keep-alive", "/svc/1.0/GET", "GET /a HTTP/1.1")]
    [InlineData("GET /a HTTP/1.1\r\nHost:", "/svc/any/name", "GET /a HTTP/1.1")]
    public async Task TheFirstThatIdentifies_NamesTheRequest(string head, string name, string startLine)
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await NodeAsync(
            origin, new HeaderPathConfig("l5d-name"), new PathIdentifierConfig(2, true), new MethodAndHostConfig(false),
            new StaticIdentifierConfig("any/name"));
        using Peer client = await node.ConnectAsync();

        Message[] responses = [await client.AskAsync(head + "\r\n\r\n"), await client.AskAsync(head + "\r\n\r\n")];

        Assert.All(responses, static response => Assert.Equal("hello", response.Text));
        Assert.All(origin.Requests, request => Assert.Equal((name, startLine), (request["l5d-dst-service"], request.StartLine)));
        await node.MetricIsAsync(2, "mesh_service_requests_total", ("service", name));
    }

    [Fact]
    public async Task TwoIdentifiersThatSeeTheSameBytes_GiveTwoNames()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await NodeAsync(origin, new HeaderPathConfig("my-path"), new HeaderTokenConfig("my-token"));
        using Peer client = await node.ConnectAsync();

        foreach (string field in (string[])["my-path", "my-token", "my-path"])
        {
            await client.AskAsync($"GET / HTTP/1.1\r\nHost: h\r\n{field}: /x\r\n\r\n");
        }

        Assert.Equal(["/svc/x", @"/svc/\x2f\x78", "/svc/x"], origin.Requests.Select(static request => request["l5d-dst-service"]));
    }

    [Fact]
    public async Task HeaderThatIsNoPath_Is400_WhateverFollowsInTheList()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await NodeAsync(origin, new HeaderPathConfig("l5d-name"), new HeaderTokenConfig("Host"));
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("GET / HTTP/1.1\r\nHost: h\r\nl5d-name: rubbish\r\n\r\n");

        Assert.Equal(400, response.Status);
        Assert.Contains("its header l5d-name is no path: '/' expected but 'r' found", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestThatNobodyNames_Is400_AndToldWhyByEach()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await NodeAsync(origin, new HeaderPathConfig("l5d-name"), new PathIdentifierConfig(2, false));
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");

        Assert.Equal(400, response.Status);
        Assert.Contains(
            "Router test cannot name this request: it has no header l5d-name, or an empty one; its path has fewer than 2 segments.",
            response.Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestRefusedBeforeItHasAName_DoesNotCountForTheServiceOfTheOneBefore()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();
        string tooDeep = string.Join(',', Enumerable.Repeat("1.1 a", 1_001));

        await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        Message refused = await client.AskAsync($"GET / HTTP/1.1\r\nHost: web\r\nVia: {tooDeep}\r\n\r\n");

        Assert.Equal(400, refused.Status);
        await node.MetricIsAsync(1, "mesh_service_failures_total", ("service", "unbound"));
        Assert.Equal(1, node.Metric("mesh_service_requests_total", ("service", "/svc/web")));
    }

    [Fact]
    public async Task NameLongerThanTheCacheKeeps_IsServed()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await NodeAsync(origin, new PathIdentifierConfig(1, true));

        Message response = await node.GetAsync("/" + new string('a', 3_000) + "/x");

        Assert.Equal("hello", response.Text);
        Assert.Equal("GET /x HTTP/1.1", Assert.Single(origin.Requests).StartLine);
    }

    private static Task<TestNode> NodeAsync(Origin origin, params ImmutableArray<IdentifierConfig> identifiers) => TestNode.StartAsync(
        $$"""
        { admin: {port: 0}, loops: 1,
          routers: [{ protocol: http, label: test, dtab: "/svc => /$/inet/127.0.0.1/{{origin.Port}}", servers: [{ port: 0 }] }] }
        """,
        config => config with { Routers = [config.Routers[0] with { Identifiers = identifiers }] });
}
