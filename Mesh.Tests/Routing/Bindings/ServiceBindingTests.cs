using Mesh.Discovery.Names;
using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;
using Mesh.Tests.Discovery;
using Mesh.Tests.Kit;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Routing.Bindings;

public sealed class ServiceBindingTests
{
    [Fact]
    public async Task BindsAndNamesItsDestination()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        BoundName name = kit.Serve("/#/fs/web");

        BindingSnapshot<BindingKit.Destination> snapshot = await kit.Bound("web");

        var random = new SplitMix64(1);
        Assert.Same(name, snapshot.Pick(ref random).Destination!.Name);
        Assert.Null(snapshot.Failure);
    }

    [Fact]
    public async Task FollowsNamesThatComeAndGo()
    {
        using var kit = new BindingKit("/svc => /#/fs | /#/backup");
        kit.Serve("/#/backup/web");
        ServiceBinding<BindingKit.Destination> binding = kit.Hold("web");
        await Leads(binding, "/#/backup/web");

        kit.Serve("/#/fs/web");
        await Leads(binding, "/#/fs/web");
        await BindingKit.Eventually(() => kit.References["/#/backup/web"] == 0 && kit.Watches == 1);

        kit.Answer("/#/fs/web").Set(NameState.Resolved.Neg);
        await Leads(binding, "/#/backup/web");

        kit.Answer("/#/backup/web").Set(NameState.Resolved.Neg);
        await BindingKit.Eventually(() => binding.Current!.Failure?.Kind == BindFailureKind.Neg);
        Assert.Equal(
            "/svc/web cannot be bound: /#/fs/web: no rule and no namer knows it (~); /#/backup/web: no rule and no namer knows it (~)",
            binding.Current!.Failure!.Explanation);
    }

    [Fact]
    public async Task FallsThroughWhenAddressesRunOutAndComesBack()
    {
        using var kit = new BindingKit("/svc => /#/fs | /#/backup");
        kit.Serve("/#/fs/web");
        kit.Serve("/#/backup/web");
        ServiceBinding<BindingKit.Destination> binding = kit.Hold("web");
        await Leads(binding, "/#/fs/web");

        kit.Addresses("/#/fs/web").Set(AddressState.Known.Nothing);
        await Leads(binding, "/#/backup/web");

        kit.Addresses("/#/fs/web").Set(BindingKit.SomeAddress);
        await Leads(binding, "/#/fs/web");
    }

    [Fact]
    public async Task FollowsTheDtab()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        kit.Serve("/#/fs/web");
        kit.Serve("/#/other/web");
        ServiceBinding<BindingKit.Destination> binding = kit.Hold("web");
        await Leads(binding, "/#/fs/web");

        kit.Cache.SetDtab(Dtab.Parse("/svc => /#/other"));

        await Leads(binding, "/#/other/web");
    }

    [Fact]
    public async Task OverridesWin()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        kit.Serve("/#/fs/web");
        kit.Serve("/#/staging");

        ServiceBinding<BindingKit.Destination> binding = kit.Cache.GetOrAdd(
            new BindingKey("web"u8, 0, "/svc/web => /#/staging"u8),
            Mesh.Discovery.Names.Path.Parse("/svc/web"),
            Dtab.Parse("/svc/web => /#/staging"));

        await Leads(binding, "/#/staging");
    }

    [Fact]
    public async Task ScalingDoesNotPublishAgain()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        kit.Serve("/#/fs/web");
        ServiceBinding<BindingKit.Destination> binding = kit.Hold("web");
        BindingSnapshot<BindingKit.Destination> first = await binding.FirstBound.WaitAsync(Live.Patience);

        kit.Addresses("/#/fs/web").Set(new AddressState.Known([new WeightedAddress(new(System.Net.IPAddress.Loopback, 81), 1)]));
        kit.Addresses("/#/fs/web").Set(AddressState.Known.Nothing);
        kit.Serve("/#/fs/later");
        await kit.Bound("later");

        Assert.Same(first, binding.Current);
        Assert.Equal(1, kit.References["/#/fs/web"]);
    }

    [Fact]
    public async Task WaitsOnceForAllAndTimesOutSayingWhatFor()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        kit.Answer("/#/fs/web").Set(NameState.Pending.Instance);
        ServiceBinding<BindingKit.Destination> binding = kit.Hold("web");
        Task<BindingSnapshot<BindingKit.Destination>?> impatient = binding.WaitAsync(TimeSpan.FromSeconds(10)).AsTask();
        Task<BindingSnapshot<BindingKit.Destination>?> patient = binding.WaitAsync(TimeSpan.FromSeconds(60)).AsTask();
        await BindingKit.Eventually(() => binding.WaitingFor.Length > 0);

        kit.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(await impatient.WaitAsync(Live.Patience));
        Assert.Equal("/#/fs/web: not known yet", binding.WaitingFor);

        kit.Serve("/#/fs/web");
        Assert.NotNull(await patient.WaitAsync(Live.Patience));
        Assert.Equal("", binding.WaitingFor);
        Assert.Equal(1, kit.Lookups["/#/fs/web"]);
    }

    [Fact]
    public async Task ServesTheLastSnapshotWhileANameIsPending()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        kit.Serve("/#/fs/web");
        ServiceBinding<BindingKit.Destination> binding = kit.Hold("web");
        await Leads(binding, "/#/fs/web");

        kit.Answer("/#/fs/web").Set(NameState.Pending.Instance);
        await kit.Bound("other");

        Assert.Null(binding.Current!.Failure);
    }

    [Fact]
    public async Task TellsANamersFailure()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        kit.Answer("/#/fs/web").Set(new NameState.Failed("disco/web:3: 'x' is no port"));

        BindingFailure failure = (await kit.Bound("web")).Failure!;

        Assert.Equal(BindFailureKind.NamerFailed, failure.Kind);
        Assert.Contains("disco/web:3", failure.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PicksByWeightThroughNestedUnions()
    {
        using var kit = new BindingKit("/svc => 3*/#/a & 1*(1*/#/b & 3*/#/c) & 0*/#/d & 4*$");
        foreach (string name in (string[])["a", "b", "c", "d"]) kit.Serve($"/#/{name}/web");

        BindingSnapshot<BindingKit.Destination> snapshot = await kit.Bound("web");

        var random = new SplitMix64(42);
        var counts = new Dictionary<string, int>();
        for (int i = 0; i < 32_000; i++)
        {
            string id = snapshot.Pick(ref random).Name?.Id[1] ?? "$";
            counts[id] = counts.GetValueOrDefault(id) + 1;
        }
        Assert.Equal(4, counts.Count);
        Assert.InRange(counts["a"], 11_500, 12_500);
        Assert.InRange(counts["b"], 850, 1_150);
        Assert.InRange(counts["c"], 2_750, 3_250);
        Assert.InRange(counts["$"], 15_500, 16_500);
    }

    [Fact]
    public async Task PickingAndHoldingAllocateNothing()
    {
        using var kit = new BindingKit("/svc => 1*/#/a & 2*/#/b");
        kit.Serve("/#/a/web");
        kit.Serve("/#/b/web");
        await kit.Bound("web");
        var random = new SplitMix64(1);
        Act(10_000, ref random);

        Assert.Equal(0, Allocated.Least(() => Act(10_000, ref random)));

        void Act(int times, ref SplitMix64 random)
        {
            for (int i = 0; i < times; i++)
            {
                bool hit = kit.Cache.TryGet(new BindingKey("web"u8), out ServiceBinding<BindingKit.Destination> binding);
                if (!hit) throw new InvalidOperationException();
                binding.Current!.Pick(ref random);
                binding.Release();
            }
        }
    }

    private static Task Leads(ServiceBinding<BindingKit.Destination> binding, string id) =>
        BindingKit.Eventually(() => binding.Current is { Failure: null } snapshot && snapshot.Leaves[0].Name!.Id.ToString() == id);
}
