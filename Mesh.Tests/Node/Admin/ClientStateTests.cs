using System.Text.Json;
using Mesh.Actors;
using Mesh.Discovery.Names;
using Mesh.Node.Admin;
using Mesh.Routing.Balancing;
using Mesh.Tests.Routing.Destinations;
using Xunit;

namespace Mesh.Tests.Node.Admin;

public sealed class ClientStateTests
{
    [Fact]
    public async Task WithoutAnActorsAnswer_TheSnapshotIsTold()
    {
        DestinationFixture users = DestinationFixture.Of(BalancerKind.PeakEwma, 2);
        users.Kill(users.Endpoints[1]);

        JsonElement client = (await AskAsync(("out", users))).GetProperty("/#/io.l5d.fs/users");

        JsonElement[] endpoints = [.. client.GetProperty("endpoints").EnumerateArray()];
        Assert.Equal(["alive", "dead"], endpoints.Select(each => each.GetProperty("state").GetString()));
        Assert.All(endpoints, each => Assert.Equal("snapshot", each.GetProperty("source").GetString()));
        Assert.All(endpoints, each => Assert.Equal(JsonValueKind.Null, each.GetProperty("ewma_ms").ValueKind));
    }

    [Fact]
    public async Task AnActorThatDoesNotAnswer_IsNotWaitedForLong()
    {
        await using ActorSystem actors = ActorSystem.Create("test", new ActorSystemOptions());
        DestinationFixture users = DestinationFixture.Of(BalancerKind.PeakEwma, 1);
        users.Destination.Actor = actors.ActorOf(Props.Create(() => new Silent()));

        JsonElement client = (await AskAsync(("out", users))).GetProperty("/#/io.l5d.fs/users");

        Assert.Equal("snapshot", client.GetProperty("endpoints")[0].GetProperty("source").GetString());
    }

    [Fact]
    public async Task AClientOfTwoRouters_StandsOnce_AndItsEndpointsTellTheRouter()
    {
        DestinationFixture one = DestinationFixture.Of(BalancerKind.PeakEwma, 1);
        DestinationFixture other = DestinationFixture.Of(BalancerKind.PeakEwma, 2);

        JsonElement client = (await AskAsync(("out", one), ("in", other))).GetProperty("/#/io.l5d.fs/users");

        Assert.Equal(["127.0.0.1:1", "127.0.0.1:2"], client.GetProperty("addresses").EnumerateArray().Select(each => each.GetString()));
        Assert.Equal(["in", "in", "out"], client.GetProperty("endpoints").EnumerateArray().Select(each => each.GetProperty("router").GetString()));
    }

    [Fact]
    public async Task AStateWithoutEndpoints_IsSaidInLinkerdsWords()
    {
        DestinationFixture pending = new(DestinationFixture.Options(BalancerKind.PeakEwma));
        DestinationFixture failed = new(DestinationFixture.Options(BalancerKind.PeakEwma));
        failed.Become(new AddressState.Failed("no permission"));

        Assert.Equal("Pending", State(await AskAsync(("out", pending))));
        Assert.Equal("Failed: no permission", State(await AskAsync(("out", failed))));
    }

    private static string? State(JsonElement clients) => clients.GetProperty("/#/io.l5d.fs/users").GetProperty("state").GetString();

    private static async Task<JsonElement> AskAsync(params (string Router, DestinationFixture Destination)[] destinations)
    {
        await using AdminLab lab = new();
        await lab.StartAsync(null, new ClientStateEndpoint(Views.Empty with
        {
            Routers = [.. destinations.Select(each => new RouterView(each.Router, () => [each.Destination.Destination], null))],
        }));
        return JsonDocument.Parse((await lab.SendAsync(HttpMethod.Get, "/client_state.json")).Text).RootElement.Clone();
    }

    /// <summary>Takes every message and answers none.</summary>
    private sealed class Silent : ReceiveActor
    {
        public Silent() => ReceiveAny(_ => { });
    }
}
