using System.Net;
using System.Text.Json;
using Mesh.Tests.EndToEnd;
using Xunit;

namespace Mesh.Tests.Node.Admin;

/// <summary>Endpoints over a whole node.</summary>
public sealed class ClientStateTests
{
    [Fact]
    public async Task AnEndpointThatAnswers_IsAlive()
    {
        await using Origin origin = Origin.Start(_ => Reply.Text("x"));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        await node.GetAsync();

        (HttpStatusCode status, string text) = await node.AdminAsync("/client_state.json");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonProperty client = Assert.Single(JsonDocument.Parse(text).RootElement.EnumerateObject());
        Assert.Equal($"/$/inet/127.0.0.1/{origin.Port}", client.Name);
        Assert.Equal("bound", client.Value.GetProperty("state").GetString());
        Assert.Equal($"127.0.0.1:{origin.Port}", Assert.Single(client.Value.GetProperty("addresses").EnumerateArray()).GetString());
        JsonElement endpoint = Assert.Single(client.Value.GetProperty("endpoints").EnumerateArray());
        Assert.Equal(("test", "alive", "actor"), (Text(endpoint, "router"), Text(endpoint, "state"), Text(endpoint, "source")));
        Assert.Equal(JsonValueKind.Null, endpoint.GetProperty("since").ValueKind);
        Assert.True(endpoint.GetProperty("ewma_ms").GetDouble() > 0);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
