using System.Text.Json;
using Mesh.Actors;
using Mesh.Discovery.Names;
using Mesh.Node.Admin;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
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

    [Fact]
    public async Task TellsHowTheClientIsTreated_AndWhetherMostEndpointsAreOut()
    {
        DestinationFixture users = new(
            new DestinationOptions { Accrual = new AccrualConfig.SuccessRate(0.8, 20) { MaxEjectedShare = 0.9 } }, (1, 1), (2, 1), (3, 1));
        users.Endpoints[0].SetSick(true, "GET /health answered 500");
        users.Endpoints[1].SetSick(true);

        JsonElement client = (await AskAsync(("out", users))).GetProperty("/#/io.l5d.fs/users");

        JsonElement router = Assert.Single(client.GetProperty("routers").EnumerateArray());
        Assert.Equal(
            """{"router":"out","panic":true,"usable":1,"total":3,"balancer":"ewma","panic_threshold":0.5"""
            + ""","accrual":"success rate below 0.8 over 20 requests; rests 5 s to 300 s, equal jitter","max_ejected_share":0.9,"transitions":[]}""",
            router.GetRawText());
        JsonElement sick = client.GetProperty("endpoints")[0];
        Assert.Equal(("sick", "health check: GET /health answered 500"), (Text(sick, "state"), Text(sick, "evidence")));
    }

    [Fact]
    public async Task TellsWhatHappenedLately_WhenAndWhy()
    {
        await using ActorSystem actors = ActorSystem.Create("test", new ActorSystemOptions());
        DestinationFixture users = new(DestinationFixture.Options(BalancerKind.PeakEwma, failures: 2), (1, 1), (2, 1));
        DestinationStatus status = users.Destination.Status(users.Now);
        EndpointTransition death = new(
            status.Id, users.Endpoints[0].Address, EndpointMove.Died, Outcome.Failure, users.Now, new Evidence.InARow(Outcome.Failure, 2));
        users.Destination.Actor = actors.ActorOf(Props.Create(() => new Telling(status with { Recent = [death], AtNs = users.Now + 1_500_000_000 })));

        JsonElement client = (await AskAsync(("out", users))).GetProperty("/#/io.l5d.fs/users");

        JsonElement told = Assert.Single(client.GetProperty("routers")[0].GetProperty("transitions").EnumerateArray());
        Assert.Equal(("127.0.0.1:1", "died", "2 failures in a row"), (Text(told, "address"), Text(told, "move"), Text(told, "evidence")));
        DateTimeOffset since = client.GetProperty("endpoints")[0].GetProperty("since").GetDateTimeOffset();
        Assert.Equal(TimeSpan.FromSeconds(1.5), since - told.GetProperty("at").GetDateTimeOffset());
    }

    /// <summary>Asked twice, one moment reads alike: it counts from when the actor answered, not from when the answer was written.</summary>
    [Fact]
    public async Task TimesCountFromTheMomentThatTheStatusIsOf()
    {
        await using ActorSystem actors = ActorSystem.Create("test", new ActorSystemOptions());
        DestinationFixture users = DestinationFixture.Of(BalancerKind.PeakEwma, 1);
        DestinationStatus status = users.Destination.Status(users.Now);
        TimeProvider time = Views.Empty.Time;
        long anHourAgo = time.Nanoseconds() - 3_600_000_000_000;
        EndpointTransition death = new(status.Id, users.Endpoints[0].Address, EndpointMove.Died, Outcome.Failure, anHourAgo);
        users.Destination.Actor = actors.ActorOf(Props.Create(() => new Telling(status with { Recent = [death], AtNs = anHourAgo })));
        DateTimeOffset then = time.GetUtcNow() - TimeSpan.FromHours(1);

        JsonElement client = (await AskAsync(("out", users))).GetProperty("/#/io.l5d.fs/users");

        JsonElement told = Assert.Single(client.GetProperty("routers")[0].GetProperty("transitions").EnumerateArray());
        Assert.Equal(then, told.GetProperty("at").GetDateTimeOffset());
        TimeSpan stands = Assert.Single(status.Endpoints).StandsFor ?? TimeSpan.Zero;
        Assert.Equal(then - stands, client.GetProperty("endpoints")[0].GetProperty("since").GetDateTimeOffset());
    }

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();

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

    /// <summary>Answers with what it was made with.</summary>
    private sealed class Telling : ReceiveActor
    {
        public Telling(DestinationStatus status) => Receive<GetDestinationStatus>(_ => Sender.Tell(status));
    }

    /// <summary>Takes every message and answers none.</summary>
    private sealed class Silent : ReceiveActor
    {
        public Silent() => ReceiveAny(_ => { });
    }
}
