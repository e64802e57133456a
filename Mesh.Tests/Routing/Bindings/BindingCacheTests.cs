using System.Globalization;
using System.Text;
using Mesh.Discovery.Names;
using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;
using Mesh.Tests.Discovery;
using Xunit;

namespace Mesh.Tests.Routing.Bindings;

public sealed class BindingCacheTests
{
    [Fact]
    public async Task MakesOneBindingForAllWhoMissAtOnce()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        kit.Serve("/#/fs/web");

        ServiceBinding<BindingKit.Destination>[] held = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => kit.Hold("web"))));
        await held[0].FirstBound.WaitAsync(Live.Patience);

        Assert.All(held, binding => Assert.Same(held[0], binding));
        Assert.Equal(64, held[0].InUse);
        Assert.Equal(1, kit.Lookups["/#/fs/web"]);
    }

    [Fact]
    public async Task MissesWhatIsNotThereAndTellsKeysApartByBytes()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        await kit.Bound("web");

        Assert.True(kit.Cache.TryGet(new BindingKey("web"u8), out _));
        Assert.False(kit.Cache.TryGet(new BindingKey("WEB"u8), out _));
        Assert.False(kit.Cache.TryGet(new BindingKey(""u8), out _));
    }

    [Fact]
    public async Task EvictsTheLongestIdle()
    {
        using var kit = Full(3);
        foreach (string name in (string[])["a", "b", "c"])
        {
            kit.Serve($"/#/fs/{name}");
            await kit.Bound(name);
            kit.Time.Advance(TimeSpan.FromSeconds(1));
        }
        await kit.Bound("a");

        kit.Serve("/#/fs/d");
        await kit.Bound("d");

        Assert.Equal(["/svc/a", "/svc/c", "/svc/d"], Names(kit));
        await BindingKit.Eventually(() => kit.References["/#/fs/b"] == 0 && kit.Watches == 3);
        Assert.Equal((1, 4), (kit.Cache.Evictions, kit.Cache.Misses));
    }

    [Fact]
    public async Task EvictsNamesThatLeadNowhereBeforeThoseThatWork()
    {
        using var kit = Full(2);
        kit.Serve("/#/fs/good");
        await kit.Bound("good");
        kit.Time.Advance(TimeSpan.FromSeconds(30));

        for (int i = 0; i < 20; i++) await kit.Bound($"random{i}");

        Assert.Equal(["/svc/good", "/svc/random19"], Names(kit));
        Assert.Equal(1, kit.References["/#/fs/good"]);
    }

    [Fact]
    public async Task NamesThatWorkButAreAskedForOnce_PushEachOtherOut()
    {
        using var kit = Full(4);
        foreach (string name in (string[])["a", "b"])
        {
            kit.Serve($"/#/fs/{name}");
            await kit.Bound(name);
        }

        for (int i = 0; i < 50; i++)
        {
            kit.Serve($"/#/fs/random{i}");
            await kit.Bound($"random{i}");
            await kit.Bound("a");
            await kit.Bound("b");
        }

        Assert.Equal(["/svc/a", "/svc/b", "/svc/random48", "/svc/random49"], Names(kit));
        Assert.Equal((48, 52), (kit.Cache.Evictions, kit.Cache.Misses));
    }

    [Fact]
    public async Task ANameThatLeadsNowhereAnyMore_GoesFirst()
    {
        using var kit = Full(3);
        foreach (string name in (string[])["a", "b", "c"])
        {
            kit.Serve($"/#/fs/{name}");
            await kit.Bound(name);
        }
        kit.Serve("/#/fs/d");
        await kit.Bound("d");
        kit.Answer("/#/fs/c").Set(NameState.Resolved.Neg);
        await BindingKit.Eventually(() => kit.References["/#/fs/c"] == 0);

        kit.Serve("/#/fs/e");
        await kit.Bound("e");

        Assert.Equal(["/svc/b", "/svc/d", "/svc/e"], Names(kit));
    }

    [Fact]
    public async Task WhatIsPushedOutIsGivenUpAtOnce()
    {
        using var kit = Full(1);
        kit.Serve("/#/fs/a");
        await kit.Bound("a");
        kit.Serve("/#/fs/b");

        kit.Hold("b").Release();

        Assert.Equal((0, 1), (kit.References["/#/fs/a"], kit.Watches));
    }

    [Fact]
    public async Task NeverEvictsWhatIsInUseAndServesOverflowOneShot()
    {
        using var kit = Full(1);
        kit.Serve("/#/fs/used");
        kit.Serve("/#/fs/extra");
        ServiceBinding<BindingKit.Destination> used = kit.Hold("used");
        await used.FirstBound.WaitAsync(Live.Patience);

        ServiceBinding<BindingKit.Destination> extra = kit.Hold("extra");
        await extra.FirstBound.WaitAsync(Live.Patience);

        Assert.True(extra.IsOneShot);
        Assert.Equal(["/svc/used"], Names(kit));
        Assert.Equal(1, kit.References["/#/fs/extra"]);
        extra.Release();
        await BindingKit.Eventually(() => kit.References["/#/fs/extra"] == 0 && kit.Watches == 1);
        Assert.Equal(1, kit.Cache.OneShots);
        used.Release();
        Assert.NotNull(used.Current);
    }

    [Fact]
    public async Task SweepsTheIdleButNotTheUsed()
    {
        using var kit = Full(10);
        await kit.Bound("idle");
        ServiceBinding<BindingKit.Destination> used = kit.Hold("used");

        kit.Time.Advance(TimeSpan.FromSeconds(599));
        Assert.Equal(2, kit.Cache.Count);
        kit.Time.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal(["/svc/used"], Names(kit));
        Assert.Equal((1, 0), (kit.Cache.Expiries, kit.Cache.Evictions));
        used.Release();
        kit.Time.Advance(TimeSpan.FromSeconds(599));
        Assert.Equal(1, kit.Cache.Count);
    }

    [Fact]
    public async Task RandomNamesDoNotGrowIt()
    {
        using var kit = new BindingKit("/svc => /#/fs");

        for (int i = 0; i < 20_000; i++)
        {
            ServiceBinding<BindingKit.Destination> binding = kit.Hold(i.ToString(CultureInfo.InvariantCulture));
            binding.Release();
        }

        Assert.InRange(kit.Cache.Count, 900, 1_000);
        await BindingKit.Eventually(() => kit.Watches <= 1_000);
    }

    [Fact]
    public void LongKeysAreNotKept()
    {
        using var kit = Full(10);
        byte[] key = Encoding.ASCII.GetBytes(new string('a', 2_049));

        ServiceBinding<BindingKit.Destination> binding = kit.Cache.GetOrAdd(new BindingKey(key), Mesh.Discovery.Names.Path.Parse("/svc/long"));

        Assert.True(binding.IsOneShot);
        Assert.Equal(0, kit.Cache.Count);
    }

    [Fact]
    public void TellsIdentifiersAndOverridesApart()
    {
        using var kit = Full(10);
        Mesh.Discovery.Names.Path name = Mesh.Discovery.Names.Path.Parse("/svc/web");

        ServiceBinding<BindingKit.Destination>[] made =
        [
            kit.Cache.GetOrAdd(new BindingKey("web"u8), name),
            kit.Cache.GetOrAdd(new BindingKey("web"u8, 1), name),
            kit.Cache.GetOrAdd(new BindingKey("web"u8, 0, "/a=>/b"u8), name),
            kit.Cache.GetOrAdd(new BindingKey("web/a=>/b"u8), name),
            kit.Cache.GetOrAdd(new BindingKey("we"u8, 0, "b/a=>/b"u8), name),
        ];

        Assert.Equal(made.Length, made.Distinct().Count());
        Assert.True(kit.Cache.TryGet(new BindingKey("web"u8, 0, "/a=>/b"u8), out ServiceBinding<BindingKit.Destination> found));
        Assert.Same(made[2], found);
    }

    [Fact]
    public async Task BindingsWithOverrides_TakeAtMostHalf()
    {
        using var kit = Full(8);
        kit.Serve("/#/fs/web");

        for (int i = 0; i < 20; i++) await Overridden(kit, i);

        Assert.Equal(4, kit.Cache.Bindings.Count(binding => !binding.Overrides.Dentries.IsEmpty));
        Assert.Equal(0, kit.Cache.OneShots);
    }

    [Fact]
    public async Task BindingsWithOverrides_PushOutNoNameThatWorksWithoutThem()
    {
        using var kit = Full(4);
        foreach (string name in (string[])["a", "b", "web"])
        {
            kit.Serve($"/#/fs/{name}");
            await kit.Bound(name);
        }
        await kit.Bound("nowhere");

        await Overridden(kit, 1);
        kit.Time.Advance(TimeSpan.FromSeconds(1));
        await Overridden(kit, 2);

        Assert.Equal(["/svc/a", "/svc/b", "/svc/web", "/svc/web"], Names(kit));
        kit.Serve("/#/fs/c");
        await kit.Bound("c");
        Assert.Equal(["/svc/a", "/svc/b", "/svc/c", "/svc/web"], Names(kit));
        ServiceBinding<BindingKit.Destination> none = await Overridden(kit, 3);
        Assert.True(none.IsOneShot);
    }

    [Fact]
    public async Task BindingsWithOverrides_WeighAsMuchAsTheDestinationsTheyHold()
    {
        using var kit = Full(20);

        for (int i = 0; i < 20; i++) await Wide(kit, i, destinations: 4);

        await BindingKit.Eventually(() => kit.References.Values.Sum() <= 10 + 4);
        Assert.Equal(0, kit.Cache.OneShots);
    }

    [Fact]
    public async Task RulesOfARequest_AskForNoMoreNamesThanTheirLimit()
    {
        using var kit = Full(200);

        BindingSnapshot<BindingKit.Destination> most = await Wide(kit, 0, BindingCacheOptions.MaxNamesOfOverrides);
        BindingSnapshot<BindingKit.Destination> more = await Wide(kit, 1, BindingCacheOptions.MaxNamesOfOverrides + 1);

        Assert.Null(most.Failure);
        Assert.Contains("more than 64 names", more.Failure!.Explanation, StringComparison.Ordinal);
        Assert.Equal(2 * BindingCacheOptions.MaxNamesOfOverrides, kit.Watches);
        Assert.DoesNotContain(kit.References, each => each.Key.StartsWith("/#/fs/1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task BindingsWithOverrides_WeighAsMuchAsTheNamesTheyAskFor()
    {
        using var kit = Full(20);

        for (int i = 0; i < 9; i++) await Asking(kit, i, names: 1);
        for (int i = 10; i < 20; i++) await Asking(kit, i, names: 4);

        await BindingKit.Eventually(() => kit.Watches <= 10 + 4);
    }

    /// <summary>Nobody knows these names.</summary>
    private static Task<BindingSnapshot<BindingKit.Destination>> Asking(BindingKit kit, int number, int names) =>
        BoundBy(kit, $"/svc/web=>{string.Join('|', Enumerable.Range(0, names).Select(i => $"/#/no/{number}-{i}"))}");

    private static Task<BindingSnapshot<BindingKit.Destination>> Wide(BindingKit kit, int number, int destinations)
    {
        string[] names = [.. Enumerable.Range(0, destinations).Select(i => $"/#/fs/{number}-{i}")];
        foreach (string name in names) kit.Serve(name);
        return BoundBy(kit, $"/svc/web=>{string.Join('&', names)}");
    }

    private static async Task<BindingSnapshot<BindingKit.Destination>> BoundBy(BindingKit kit, string dtab)
    {
        ServiceBinding<BindingKit.Destination> binding = kit.Cache.GetOrAdd(
            new BindingKey("web"u8, 0, Encoding.ASCII.GetBytes(dtab)), Mesh.Discovery.Names.Path.Parse("/svc/web"), Dtab.Parse(dtab));
        BindingSnapshot<BindingKit.Destination> snapshot = await binding.FirstBound.WaitAsync(Live.Patience);
        binding.Release();
        return snapshot;
    }

    [Fact]
    public async Task EndsAllBindingsWithItself()
    {
        var kit = new BindingKit("/svc => /#/fs");
        kit.Serve("/#/fs/web");
        ServiceBinding<BindingKit.Destination> held = kit.Hold("web");
        await held.FirstBound.WaitAsync(Live.Patience);

        kit.Dispose();

        await BindingKit.Eventually(() => kit.References["/#/fs/web"] == 0 && kit.Watches == 0);
        held.Release();
    }

    private static async Task<ServiceBinding<BindingKit.Destination>> Overridden(BindingKit kit, int number)
    {
        string dtab = $"/other{number}=>/x";
        ServiceBinding<BindingKit.Destination> binding = kit.Cache.GetOrAdd(
            new BindingKey("web"u8, 0, Encoding.ASCII.GetBytes(dtab)), Mesh.Discovery.Names.Path.Parse("/svc/web"), Dtab.Parse(dtab));
        await binding.FirstBound.WaitAsync(Live.Patience);
        binding.Release();
        return binding;
    }

    private static BindingKit Full(int capacity) => new("/svc => /#/fs", new BindingCacheOptions { Capacity = capacity });

    private static string[] Names(BindingKit kit) => [.. kit.Cache.Bindings.Select(binding => binding.Name.ToString()).Order(StringComparer.Ordinal)];
}
