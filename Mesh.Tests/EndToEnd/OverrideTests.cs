using System.Net;
using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Requests that bring rules of their own, <c>l5d-dtab</c> and <c>l5d-ctx-dtab</c>.</summary>
public sealed class OverrideTests
{
    [Fact]
    public async Task RulesOfARequest_MoveIt_AndNoOther()
    {
        await using Origin live = Origin.Saying("live"), staging = Origin.Saying("staging");
        await using TestNode node = await TestNode.BeforeAsync(live);
        using Peer client = await node.ConnectAsync();

        string[] texts = new string[4];
        for (int i = 0; i < texts.Length; i++)
        {
            string dtab = i % 2 == 0 ? $"l5d-dtab: /svc/web => /$/inet/127.0.0.1/{staging.Port}\r\n" : "";
            texts[i] = (await client.AskAsync($"GET / HTTP/1.1\r\nHost: web\r\n{dtab}\r\n")).Text;
        }

        Assert.Equal(["staging", "live", "staging", "live"], texts);
        await node.MetricIsAsync(4, "mesh_service_requests_total", ("service", "/svc/web"));
    }

    [Fact]
    public async Task RulesTravelOnAsContext_TheUsersLast()
    {
        await using Origin origin = Origin.Saying("here");
        await using TestNode node = await TestNode.RoutingAsync("/svc => /nowhere");
        using Peer client = await node.ConnectAsync();

        Message with = await client.AskAsync(
            $"GET / HTTP/1.1\r\nHost: web\r\nl5d-dtab: /svc/web=>/$/inet/127.0.0.1/{origin.Port};\r\n"
            + "L5d-Ctx-Dtab: /svc/web => /none; /a=>/b\r\n\r\n");

        Assert.Equal("here", with.Text);
        Message request = Assert.Single(origin.Requests);
        Assert.Equal($"/svc/web=>/none;/a=>/b;/svc/web=>/$/inet/127.0.0.1/{origin.Port}", request["l5d-ctx-dtab"]);
        Assert.False(request.Has("l5d-dtab"));
    }

    [Fact]
    public async Task RequestWithoutRules_CarriesNone()
    {
        await using Origin origin = Origin.Saying("here");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nl5d-dtab: \r\n\r\n");

        Assert.False(Assert.Single(origin.Requests).Has("l5d-ctx-dtab"));
    }

    [Fact]
    public async Task RulesPassFromNodeToNode()
    {
        await using Origin live = Origin.Saying("live"), staging = Origin.Saying("staging");
        await using TestNode second = await TestNode.BeforeAsync(live);
        await using TestNode first = await TestNode.RoutingAsync($"/svc => /$/inet/127.0.0.1/{second.Address.Port}");
        using Peer client = await first.ConnectAsync();

        Message response = await client.AskAsync(
            $"GET / HTTP/1.1\r\nHost: web\r\nl5d-dtab: /$/inet/127.0.0.1/{live.Port} => /$/inet/127.0.0.1/{staging.Port}\r\n\r\n");

        Assert.Equal("staging", response.Text);
    }

    [Theory]
    [InlineData("l5d-dtab: rubbish", "'/' expected but 'r' found at '[r]ubbish'")]
    [InlineData("l5d-ctx-dtab: /a=>/b;;", "expected but ';' found")]
    public async Task RulesThatCannotBeRead_Are400_WithThePlace(string field, string why)
    {
        await using Origin origin = Origin.Saying("here");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message refused = await client.AskAsync($"GET / HTTP/1.1\r\nHost: web\r\n{field}\r\n\r\n");
        Message next = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");

        Assert.Equal((400, 200), (refused.Status, next.Status));
        Assert.Contains(why, WebUtility.UrlDecode(refused["l5d-err"]!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TooLongRules_Are400()
    {
        await using Origin origin = Origin.Saying("here");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message refused = await client.AskAsync($"GET / HTTP/1.1\r\nHost: web\r\nl5d-dtab: /{new string('a', 9_000)}=>/b\r\n\r\n");

        Assert.Equal(400, refused.Status);
        Assert.Contains("override dtab is longer than 8192 bytes", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RulesThatLeadNowhere_AreToldInTheFault()
    {
        await using Origin origin = Origin.Saying("here");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nl5d-dtab: /svc/web => !\r\n\r\n");

        Assert.Equal(502, response.Status);
        Assert.Contains("override dtab:\n  /svc/web => !", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhereContextIsCleared_RulesAreNotLookedAt()
    {
        await using Origin live = Origin.Saying("live");
        await using TestNode node = await TestNode.StartAsync(
            $$"""
            { admin: {port: 0}, loops: 1,
              routers: [{ protocol: http, label: test, dtab: "/svc => /$/inet/127.0.0.1/{{live.Port}}", servers: [{ port: 0 }] }] }
            """,
            static config => config with { Routers = [.. config.Routers.Select(Cleared)] });
        using Peer client = await node.ConnectAsync();

        Message rules = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nl5d-dtab: /svc/web => !\r\n\r\n");
        Message rubbish = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nl5d-ctx-dtab: rubbish\r\n\r\n");

        Assert.Equal(("live", "live"), (rules.Text, rubbish.Text));
        Assert.All(live.Requests, static request => Assert.False(request.Has("l5d-ctx-dtab")));
    }

    private static RouterConfig Cleared(RouterConfig router) => router with
    {
        Servers = [.. router.Servers.Select(static server => server with { Context = server.Context with { ClearContext = true } })],
    };
}
