using System.Collections.Immutable;
using System.Net;
using Mesh.Discovery.Names;
using Mesh.Node.Admin;
using Mesh.Tests.Kit;
using Xunit;
using NamePath = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.Admin;

public sealed class NamerEndpointTests
{
    private static readonly NameStatus s_users = new(
        NamePath.Parse("/#/io.l5d.fs/users"),
        NameStatus.Bound,
        new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        [new WeightedAddress(new IPEndPoint(IPAddress.Loopback, 80), 1), new WeightedAddress(new IPEndPoint(IPAddress.IPv6Loopback, 81), 0.5)],
        "");

    private static readonly NameStatus s_broken =
        s_users with { Name = NamePath.Parse("/#/io.l5d.fs/broken"), State = NameStatus.Failed, Addresses = [], Problem = "broken:3: no port" };

    [Fact]
    public async Task ANamersState_TellsEachNameWithItsAddressesAndWhatIsWrong()
    {
        StubNamer files = new("/#/io.l5d.fs") { Statuses = [s_users, s_broken], Wrong = ["broken:3: no port"] };

        AdminLab.Answer answer = await AskAsync("/namer_state/io.l5d.fs.json", files);

        Assert.Equal(
            """
            {"prefix":"/#/io.l5d.fs","problems":["broken:3: no port"],"names":{
            "/#/io.l5d.fs/broken":{"state":"failed","since":"2026-01-01T00:00:00.000Z","addresses":[],"problem":"broken:3: no port"},
            "/#/io.l5d.fs/users":{"state":"bound","since":"2026-01-01T00:00:00.000Z","addresses":[
            {"address":"127.0.0.1:80","weight":1},{"address":"[::1]:81","weight":0.5}],"problem":null}}}
            """.ReplaceLineEndings(""),
            answer.Text);
    }

    [Fact]
    public async Task AnUnknownNamer_IsNotFoundAndTheOthersNamed()
    {
        StubNamer[] namers = [new("/#/io.l5d.fs"), new("/$"), new("/#/a/b")];

        AdminLab.Answer answer = await AskAsync("/namer_state/nobody.json", namers);

        Assert.Equal((HttpStatusCode.NotFound, "{\"error\":\"no such namer; there are $, a/b, io.l5d.fs\"}"), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task BoundNames_AreThoseOfAllNamersInOrderAndOnce()
    {
        StubNamer one = new("/#/one") { Names = [NamePath.Parse("/#/one/b"), NamePath.Parse("/#/one/a")] };
        StubNamer other = new("/#/other") { Names = [NamePath.Parse("/#/other/c"), NamePath.Parse("/#/one/a")] };

        Assert.Equal("""["/#/one/a","/#/one/b","/#/other/c"]""", (await AskAsync("/bound-names.json", one, other)).Text);
    }

    [Fact]
    public async Task ANamerThatCannotList_IsWaitedForTwoSeconds()
    {
        FakeTime time = new();
        TaskCompletionSource asked = new();
        StubNamer slow = new("/#/slow") { Listing = asked };
        await using AdminLab lab = new();
        await lab.StartAsync(null, new BoundNamesEndpoint(Views.Empty with { Namers = () => [slow], Time = time }));

        Task<AdminLab.Answer> answer = lab.SendAsync(HttpMethod.Get, "/bound-names.json");
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        time.Advance(BoundNamesEndpoint.Patience);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await answer).Status);
    }

    private static async Task<AdminLab.Answer> AskAsync(string path, params INamer[] namers)
    {
        await using AdminLab lab = new();
        NodeView node = Views.Empty with { Namers = () => [.. namers] };
        await lab.StartAsync(null, new BoundNamesEndpoint(node), new NamerStateEndpoint(node.Namers));
        return await lab.SendAsync(HttpMethod.Get, path);
    }

    private sealed class StubNamer(string prefix) : INamer
    {
        public NamePath Prefix { get; } = NamePath.Parse(prefix);

        public ImmutableArray<string> Problems => Wrong;

        public ImmutableArray<NameStatus> Status => Statuses;

        public ImmutableArray<string> Wrong { get; init; } = [];

        public ImmutableArray<NameStatus> Statuses { get; init; } = [];

        public ImmutableArray<NamePath> Names { get; init; } = [];

        /// <summary>Completed when the names are asked for, which then never come.</summary>
        public TaskCompletionSource? Listing { get; init; }

        public INameWatch Lookup(NamePath residual) => throw new InvalidOperationException("nobody looks up");

        public Task<ImmutableArray<NamePath>> ListNamesAsync(CancellationToken cancellation)
        {
            if (Listing is null) return Task.FromResult(Names);
            Listing.SetResult();
            return new TaskCompletionSource<ImmutableArray<NamePath>>().Task;
        }
    }
}
