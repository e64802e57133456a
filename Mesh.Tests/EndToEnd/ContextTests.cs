using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>What a request tells of its call: trace, time left, and what is consumed or kept on the way.</summary>
public sealed class ContextTests
{
    /// <summary>Span 3, parent 2, trace 0x1f, no flags.</summary>
    private const string Trace = "AAAAAAAAAAMAAAAAAAAAAgAAAAAAAAAfAAAAAAAAAAA=";

    [Fact]
    public async Task Request_WithoutATrace_BeginsOne_AndCarriesItsId()
    {
        Message seen = await SeenAsync("");

        Assert.Matches("^[0-9a-f]{16}$", seen["l5d-reqid"]);
        byte[] trace = Convert.FromBase64String(seen["l5d-ctx-trace"]!);
        Assert.Equal(32, trace.Length);
        Assert.Equal(seen["l5d-reqid"], Convert.ToHexStringLower(trace.AsSpan(16, 8)));
    }

    [Theory]
    [InlineData("l5d-ctx-trace: " + Trace, "000000000000001f")]
    [InlineData("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "8448eb211c80319c")]
    [InlineData("X-B3-TraceId: 463ac35c9f6413ad48485a3953bb6124", "48485a3953bb6124")]
    [InlineData("b3: 80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1", "64fe8b2a57d3eff7")]
    public async Task RequestId_IsTheTraces_AndTheTraceTravelsUntouched(string line, string id)
    {
        Message seen = await SeenAsync($"{line}\r\nl5d-reqid: ffffffffffffffff\r\n");

        string name = line[..line.IndexOf(':', StringComparison.Ordinal)];
        Assert.Equal(id, seen["l5d-reqid"]);
        Assert.Equal(line[(name.Length + 2)..], seen[name]);
        Assert.Equal(name == "l5d-ctx-trace", seen.Has("l5d-ctx-trace"));
    }

    [Fact]
    public async Task Sample_IsConsumed_AndDecidesTheTrace()
    {
        Message seen = await SeenAsync($"l5d-ctx-trace: {Trace}\r\nl5d-sample: 7.5\r\n");

        byte[] trace = Convert.FromBase64String(seen["l5d-ctx-trace"]!);
        Assert.False(seen.Has("l5d-sample"));
        Assert.Equal((byte)6, trace[31]);
        Assert.Equal((byte)0x1f, trace[23]);
    }

    [Fact]
    public async Task ContextDeadline_OfAnotherClock_IsForwardedAndRefusesNobody()
    {
        Message seen = await SeenAsync("l5d-ctx-deadline: 1000 2000\r\n");

        Assert.Equal("1000 2000", seen["l5d-ctx-deadline"]);
        Assert.False(seen.Has("l5d-remaining-ms"));
    }

    [Fact]
    public async Task ContextDeadlines_CombineToTheStrictest()
    {
        Message seen = await SeenAsync("l5d-ctx-deadline: 1000 9000\r\nl5d-ctx-deadline: 2000 5000\r\n");

        Assert.Equal("2000 5000", seen["l5d-ctx-deadline"]);
    }

    [Fact]
    public async Task RemainingTime_ShrinksOnTheWay_AndBecomesADeadline()
    {
        Message seen = await SeenAsync("l5d-remaining-ms: 30000\r\n");

        long left = long.Parse(seen["l5d-remaining-ms"]!, CultureInfo.InvariantCulture);
        long[] deadline = [.. seen["l5d-ctx-deadline"]!.Split(' ').Select(static part => long.Parse(part, CultureInfo.InvariantCulture))];
        Assert.InRange(left, 1, 30_000);
        Assert.InRange(deadline[1] - deadline[0], 1_000_000, 30_000_000_000);
    }

    [Fact]
    public async Task Request_WithoutTimeLeft_IsRefusedBeforeItCostsTheBackend()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nl5d-remaining-ms: 0\r\n\r\n");

        Assert.Equal(503, response.Status);
        Assert.StartsWith("The+time+of+this+request", response["l5d-err"], StringComparison.Ordinal);
        Assert.Empty(origin.Requests);
    }

    [Fact]
    public async Task CallersImpatience_Is503_AndNoMarkAgainstTheBackend()
    {
        await using Origin silent = Origin.Scripted(static async peer => await peer.ReadToEndAsync());
        await using TestNode node = await TestNode.BeforeAsync(silent);
        for (int i = 0; i < 6; i++)
        {
            using Peer client = await node.ConnectAsync();
            Message response = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nl5d-remaining-ms: 20\r\n\r\n");
            Assert.Equal(503, response.Status);
        }

        Assert.Equal(0, node.Metric("mesh_destination_breaker_deaths_total"));
    }

    [Theory]
    [InlineData(200, "1.0")]
    [InlineData(404, "1.0")]
    [InlineData(503, "0.0")]
    public async Task Responses_CarryTheVerdict(int status, string verdict)
    {
        await using Origin origin = Origin.Answering(
            _ => $"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nl5d-success-class: 0.7\r\nl5d-other: kept\r\n\r\n");
        await using TestNode node = await TestNode.BeforeAsync(origin);

        Message response = await node.GetAsync();

        Assert.Equal((verdict, "kept"), (response["l5d-success-class"], response["l5d-other"]));
    }

    [Fact]
    public async Task Residual_IsTold_WhereSomethingIsLeft()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.RoutingAsync($"/svc => /$/inet/127.0.0.1/{origin.Port}/rest");

        await node.GetAsync(host: "a:1");

        Message seen = Assert.Single(origin.Requests);
        Assert.Equal("/rest/a:1", seen["l5d-dst-residual"]);
        Assert.Equal($"/$/inet/127.0.0.1/{origin.Port}", seen["l5d-dst-client"]);
    }

    [Fact]
    public async Task Trace_WithoutHopsLeft_IsAnsweredHere_WithTheContextAskedFor()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("TRACE /x HTTP/1.1\r\nHost: web\r\nMax-Forwards: 0\r\nl5d-add-context: true\r\n\r\n");

        Assert.Equal(200, response.Status);
        Assert.Empty(origin.Requests);
        Assert.StartsWith("--- Router: test ---\nrequest duration: ", response.Text, StringComparison.Ordinal);
        Assert.Contains("\nservice name: /svc/web\n", response.Text, StringComparison.Ordinal);
        Assert.Contains($"\nclient name: /$/inet/127.0.0.1/{origin.Port}\n", response.Text, StringComparison.Ordinal);
        string address = $"127.0.0.1:{origin.Port}";
        Assert.Contains($"\naddresses: [{address}]\nselected address: {address}\n", response.Text, StringComparison.Ordinal);
        Assert.Contains("\ndtab resolution:\n  /svc/web", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trace_TellsWhatTransformersMadeOfTheName()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(
            origin, $"interpreter: {{kind: default, transformers: [{{kind: io.l5d.port, port: {origin.Port}}}]}}");
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("TRACE / HTTP/1.1\r\nHost: web\r\nMax-Forwards: 0\r\nl5d-add-context: t\r\n\r\n");

        string id = $"/%/io.l5d.port/{origin.Port}/$/inet/127.0.0.1/{origin.Port}";
        Assert.Contains($"\nclient name: {id}\n", response.Text, StringComparison.Ordinal);
        Assert.Contains($"\n  transformed: {id}[/web]\n", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trace_WithHopsLeft_CollectsTheContextOfEachNode()
    {
        await using Origin origin = Origin.Saying("reflected");
        await using TestNode second = await TestNode.BeforeAsync(origin);
        await using TestNode first = await TestNode.RoutingAsync($"/svc => /$/inet/127.0.0.1/{second.Address.Port}");
        using Peer client = await first.ConnectAsync();

        Message response = await client.AskAsync("TRACE / HTTP/1.1\r\nHost: web\r\nMax-Forwards: 5\r\nl5d-add-context: true\r\n\r\n");

        Assert.Equal("3", Assert.Single(origin.Requests)["Max-Forwards"]);
        Assert.StartsWith("reflected\n\n--- Router: test ---", response.Text, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(response.Text, "--- Router: test ---"));
    }

    [Theory]
    [InlineData("TRACE", "x", 400)]
    [InlineData("TRACE", "-1", 400)]
    [InlineData("OPTIONS", "0", 200)]
    [InlineData("GET", "0", 202)]
    public async Task MaxForwards_HoldsForTraceAndOptions(string method, string value, int status)
    {
        await using Origin origin = Origin.Answering(_ => "HTTP/1.1 202 X\r\nContent-Length: 0\r\n\r\n");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync($"{method} / HTTP/1.1\r\nHost: web\r\nMax-Forwards: {value}\r\n\r\n");

        Assert.Equal(status, response.Status);
    }

    private static async Task<Message> SeenAsync(string lines)
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();
        Message response = await client.AskAsync($"GET / HTTP/1.1\r\nHost: web\r\n{lines}\r\n");
        Assert.Equal(200, response.Status);
        return Assert.Single(origin.Requests);
    }
}
