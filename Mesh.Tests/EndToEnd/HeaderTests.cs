using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>What the node adds to heads and takes from them.</summary>
public sealed class HeaderTests
{
    [Fact]
    public async Task Requests_CarryViaAndTheNamesThatRoutedThem()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);

        Message response = await node.GetAsync(host: "web");

        Message seen = Assert.Single(origin.Requests);
        Assert.Equal("/svc/web", seen["l5d-dst-service"]);
        Assert.Equal($"/$/inet/127.0.0.1/{origin.Port}", seen["l5d-dst-client"]);
        Assert.Equal(("1.1 mesh", "1.1 mesh"), (seen["Via"], response["Via"]));
        Assert.Equal("web", seen["Host"]);
    }

    [Fact]
    public async Task Via_IsAppendedToTheHopsBefore()
    {
        await using Origin origin = Origin.Answering(_ => Origin.Ok("", "Via: 1.1 cache\r\n"));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nVia: 1.0 fred\r\n\r\n");

        Assert.Equal("1.0 fred, 1.1 mesh", Assert.Single(origin.Requests)["Via"]);
        Assert.Equal("1.1 cache, 1.1 mesh", response["Via"]);
    }

    [Fact]
    public async Task DestinationFieldsOfTheClient_AreReplaced()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.AskAsync(
            "GET / HTTP/1.1\r\nHost: web\r\nL5d-Dst-Service: /svc/FALSE\r\nl5d-dst-client: /FALSE\r\nl5d-dst-other: FALSE\r\nl5d-x: kept\r\n\r\n");

        Message seen = Assert.Single(origin.Requests);
        Assert.Equal(("/svc/web", "kept", false), (seen["l5d-dst-service"], seen["l5d-x"], seen.Has("l5d-dst-other")));
        Assert.DoesNotContain("FALSE", seen.Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HopByHopFields_EndHere_OthersKeepOrderAndCase()
    {
        await using Origin origin = Origin.Answering(_ => Origin.Ok("", "Connection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nX-End: 2\r\n"));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync(
            "GET / HTTP/1.1\r\nHost: web\r\nx-First: 1\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\n"
            + "Keep-Alive: 300\r\nProxy-Connection: keep-alive\r\n"
            + "Proxy-Authorization: Basic eDp5\r\nTE: gzip\r\nX-SECOND: 2\r\n\r\n");

        Message seen = Assert.Single(origin.Requests);
        foreach (string gone in (string[])["Connection", "X-Mine", "Keep-Alive", "Proxy-Connection", "TE"])
            Assert.False(seen.Has(gone), gone + "\n" + seen.Head);
        Assert.Contains("x-First: 1\r\nX-SECOND: 2\r\n", RemoveAuthorization(seen.Head), StringComparison.Ordinal);
        Assert.Equal((false, false, "2"), (response.Has("X-Hop"), response.Has("Keep-Alive"), response["X-End"]));
    }

    [Fact]
    public async Task RepeatedFields_StayApart()
    {
        await using Origin origin = Origin.Answering(_ => Origin.Ok("", "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n"));
        await using TestNode node = await TestNode.BeforeAsync(origin);

        Message response = await node.GetAsync();

        Assert.Contains("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n", response.Head, StringComparison.Ordinal);
    }

    /// <summary>Proxy credentials may be forwarded or consumed (RFC 9110 section 11.7.1); these tests do not care.</summary>
    private static string RemoveAuthorization(string head) => head.Replace("Proxy-Authorization: Basic eDp5\r\n", "", StringComparison.Ordinal);
}
