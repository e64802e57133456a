using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>What one node takes at its very limits the next takes too, whatever the first has added, in both directions.</summary>
public sealed class InboundLimitTests
{
    [Theory]
    [InlineData(200, 200)]
    [InlineData(2, 200)]
    [InlineData(200, 2)]
    public async Task HeadsOfAsManyFieldsAsMayBe_PassTwoNodes(int asked, int answered)
    {
        await using InboundPair pair = await StartAsync($"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n{Fields(answered - 1)}\r\napp");
        using Peer client = await pair.Second.ConnectAsync();

        Message answer = await client.AskAsync($"GET / HTTP/1.1\r\nHost: web\r\n{Fields(asked - 1)}\r\n");
        Message tooMany = await client.AskAsync($"GET / HTTP/1.1\r\nHost: web\r\n{Fields(200)}\r\n");

        Assert.Equal((200, "app", "1"), (answer.Status, answer.Text, answer[$"f{answered - 2}"]));
        Message seen = pair.App.Requests[^1];
        Assert.Equal(("1", "1", "1"), (seen[$"f{asked - 2}"], seen["x-s15"], seen["x-a15"]));
        Assert.Equal(431, tooMany.Status);
    }

    [Fact]
    public async Task HeadsOfAsManyBytesAsMayBe_PassTwoNodes()
    {
        const string Start = "GET / HTTP/1.1\r\nHost: web\r\nX: ", Answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: ", End = "\r\n\r\n";
        const int Most = 64 * 1024;
        await using InboundPair pair = await StartAsync(
            $"{Answer}{new string('y', Most - Answer.Length - End.Length)}{End}app", new string('v', 1024));
        using Peer client = await pair.Second.ConnectAsync();

        Message answer = await client.AskAsync($"{Start}{new string('x', Most - Start.Length - End.Length)}{End}");
        Message tooMuch = await client.AskAsync($"{Start}{new string('x', Most - Start.Length - End.Length + 1)}{End}");

        Assert.Equal((200, "app", 431), (answer.Status, answer.Text, tooMuch.Status));
    }

    /// <summary>With a policy that has as many lines as may be.</summary>
    private static async Task<InboundPair> StartAsync(string answer, string value = "1")
    {
        string policy = $"policies: [{{headers: {{request: {{set: [{Lines("s", value)}], add: [{Lines("a", value)}]}}}}}}],";
        InboundPair pair = await InboundPair.StartAsync(Origin.Answering(_ => answer), router: policy);
        await pair.ReachesAsync("app");
        return pair;
    }

    private static string Fields(int count) => string.Concat(Enumerable.Range(0, count).Select(static i => $"F{i}: 1\r\n"));

    private static string Lines(string name, string value) =>
        string.Join(", ", Enumerable.Range(0, 16).Select(i => $"{{name: x-{name}{i}, value: '{value}'}}"));
}
