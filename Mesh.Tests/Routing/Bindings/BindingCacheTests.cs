using System.Globalization;
using System.Text;
using Mesh.Routing.Bindings;
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
        Assert.Equal(1, kit.Cache.Evictions);
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

    private static BindingKit Full(int capacity) => new("/svc => /#/fs", new BindingCacheOptions { Capacity = capacity });

    private static string[] Names(BindingKit kit) => [.. kit.Cache.Bindings.Select(binding => binding.Name.ToString()).Order(StringComparer.Ordinal)];
}
