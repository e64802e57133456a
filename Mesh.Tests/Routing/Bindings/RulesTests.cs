using Mesh.Discovery.Names;
using Mesh.Discovery.Transformers;
using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Bindings;

/// <summary>Dtab and namers that are replaced while names are bound.</summary>
public sealed class RulesTests
{
    [Fact]
    public async Task LastDtabHolds_ForEveryName_HoweverManyCameBeforeIt()
    {
        const int Names = 2_000;
        const int Changes = 200;
        using var kit = new BindingKit("/svc => /#/first", new BindingCacheOptions { Capacity = Names });
        string[] hosts = [.. Enumerable.Range(0, Names).Select(each => $"h{each}")];
        string[] targets = [.. Enumerable.Range(0, 4).Select(each => $"t{each}"), "first", "last"];
        foreach (string target in targets) foreach (string host in hosts) kit.Serve($"/#/{target}/{host}");
        ServiceBinding<BindingKit.Destination>[] bindings = [.. hosts.Select(kit.Hold)];
        foreach (ServiceBinding<BindingKit.Destination> binding in bindings) await binding.FirstBound;

        for (int change = 0; change < Changes; change++)
        {
            kit.Cache.SetDtab(Dtab.Parse($"/svc => /#/t{change % 4}"));
            if (change % 10 == 0) await Task.Yield();
        }

        kit.Cache.SetDtab(Dtab.Parse("/svc => /#/last"));

        await BindingKit.Eventually(() => bindings.All(binding => IdOf(binding).StartsWith("/#/last/", StringComparison.Ordinal)));
        await BindingKit.Eventually(() => kit.Watches == Names && kit.References.Values.Sum() == Names);
        Assert.All(hosts, host => Assert.Equal(1, kit.References[$"/#/last/{host}"]));
    }

    [Fact]
    public async Task OneShotBindings_FollowTheDtabToo()
    {
        using var kit = new BindingKit("/svc => /#/one", new BindingCacheOptions { Capacity = 1 });
        kit.Serve("/#/one/b");
        kit.Serve("/#/two/b");
        kit.Hold("a");
        ServiceBinding<BindingKit.Destination> oneShot = kit.Hold("b");
        await oneShot.FirstBound;

        kit.Cache.SetDtab(Dtab.Parse("/svc => /#/two"));

        Assert.True(oneShot.IsOneShot);
        await BindingKit.Eventually(() => IdOf(oneShot) == "/#/two/b");
        oneShot.Release();
        await BindingKit.Eventually(() => kit.References["/#/two/b"] == 0);
    }

    [Fact]
    public async Task RulesThatAreNotKnown_CanBeWaitedFor_EachTimeAnew()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        BindingRules pending = kit.Cache.Rules with { Dtab = new DtabState.Pending("later") };
        Assert.True(kit.Cache.WhenDtabKnown.IsCompleted);

        kit.Cache.SetRules(pending);
        Task first = kit.Cache.WhenDtabKnown;
        kit.Cache.SetRules(pending with { Dtab = new DtabState.Failed("worse") });
        Assert.False(first.IsCompleted);
        kit.Cache.SetDtab(Dtab.Empty);
        await first;
        kit.Cache.SetRules(pending);

        Assert.False(kit.Cache.WhenDtabKnown.IsCompleted);
    }

    [Fact]
    public async Task NewNamers_AreAskedAnew_AndTheOldAnswersAreLetGo()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        kit.Serve("/#/fs/web");
        ServiceBinding<BindingKit.Destination> binding = kit.Hold("web");
        await binding.FirstBound;
        using var other = new BindingKit("/svc => /#/fs");
        BoundName served = other.Serve("/#/fs/web");

        kit.Cache.SetRules(new BindingRules(new DtabState.Known(Dtab.Parse("/svc => /#/fs")), other.Lookup));

        await BindingKit.Eventually(() => ReferenceEquals(binding.Current!.Leaves[0].Destination!.Name, served));
        await BindingKit.Eventually(() => (kit.Watches, other.Watches) == (0, 1));
    }

    [Fact]
    public async Task NamersThatDoNotKnowYet_LeaveTheBindingAsItIs()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        kit.Serve("/#/fs/web");
        ServiceBinding<BindingKit.Destination> binding = kit.Hold("web");
        BindingSnapshot<BindingKit.Destination> before = await binding.FirstBound;
        using var other = new BindingKit("");
        other.Answer("/#/fs/web").Set(NameState.Pending.Instance);

        kit.Cache.SetRules(kit.Cache.Rules with { Lookup = other.Lookup });
        await BindingKit.Eventually(() => other.Watches == 1);

        Assert.Same(before, binding.Current);
        other.Serve("/#/fs/web");
        await BindingKit.Eventually(() => !ReferenceEquals(before, binding.Current));
    }

    [Fact]
    public async Task DtabAndNamers_ChangeAsOne()
    {
        using var kit = new BindingKit("/svc => /#/old");
        kit.Serve("/#/old/web");
        ServiceBinding<BindingKit.Destination> binding = kit.Hold("web");
        await binding.FirstBound;
        using var other = new BindingKit("");
        other.Serve("/#/new/web");

        kit.Cache.SetRules(new BindingRules(new DtabState.Known(Dtab.Parse("/svc => /#/new")), other.Lookup));
        await BindingKit.Eventually(() => IdOf(binding) == "/#/new/web");

        Assert.False(other.Lookups.ContainsKey("/#/old/web"));
        Assert.False(kit.Lookups.ContainsKey("/#/new/web"));
    }

    [Fact]
    public async Task EqualRules_AskNobodyAgain()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        kit.Serve("/#/fs/web");
        ServiceBinding<BindingKit.Destination> binding = kit.Hold("web");
        BindingSnapshot<BindingKit.Destination> before = await binding.FirstBound;
        BindingRules rules = kit.Cache.Rules;

        kit.Cache.SetDtab(Dtab.Parse("/svc => /#/fs;"));

        Assert.Same(rules, kit.Cache.Rules);
        Assert.Same(before, binding.Current);
    }

    [Fact]
    public async Task NamesWait_WhileTheDtabIsNotHere_AndSayForWhat()
    {
        using var kit = new BindingKit("");
        kit.Serve("/#/fs/web");
        kit.Cache.SetRules(kit.Cache.Rules with { Dtab = new DtabState.Pending("rules.dtab does not exist yet") });
        ServiceBinding<BindingKit.Destination> binding = kit.Hold("web");
        await BindingKit.Eventually(() => binding.WaitingFor == "rules.dtab does not exist yet");

        kit.Cache.SetDtab(Dtab.Parse("/svc => /#/fs"));

        BindingSnapshot<BindingKit.Destination> bound = await binding.FirstBound.WaitAsync(Discovery.Live.Patience);
        Assert.Null(bound.Failure);
    }

    [Fact]
    public async Task MalformedDtab_FailsNewNames_AndLeavesBoundOnesAsTheyAre()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        kit.Serve("/#/fs/web");
        ServiceBinding<BindingKit.Destination> bound = kit.Hold("web");
        BindingSnapshot<BindingKit.Destination> before = await bound.FirstBound;

        kit.Cache.SetRules(kit.Cache.Rules with { Dtab = new DtabState.Failed("rules.dtab:1:2: rubbish") });
        BindingSnapshot<BindingKit.Destination> fresh = await kit.Bound("other");

        Assert.Same(before, bound.Current);
        Assert.Equal(BindFailureKind.NamerFailed, fresh.Failure!.Kind);
        Assert.Contains("rules.dtab:1:2: rubbish", fresh.Failure.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InterpretersTransformers_ChangeWhatIsBound_AndAreFollowed()
    {
        using var kit = new BindingKit("/svc => /#/fs");
        kit.Serve("/#/fs/web");
        kit.Serve("/#/one");
        using ReplaceTransformer replace = new(Path.Of("r"), Path.Parse("/#/one"), kit.Lookup);
        ServiceBinding<BindingKit.Destination> binding = kit.Hold("web");
        await binding.FirstBound;

        kit.Cache.SetRules(kit.Cache.Rules with { Transformers = [new PortTransformer(Path.Of("p"), 4141)] });
        await BindingKit.Eventually(() => IdOf(binding) == "/%/p/#/fs/web");

        // Followed first, as routers do: what it learns in between would be missed.
        using IDisposable followed = replace.OnChange(kit.Cache.Reevaluate);
        kit.Cache.SetRules(kit.Cache.Rules with { Transformers = [replace] });

        await BindingKit.Eventually(() => IdOf(binding) == "/%/r/#/one");
    }

    private static string IdOf(ServiceBinding<BindingKit.Destination> binding) =>
        binding.Current is { Failure: null } bound ? bound.Leaves[0].Destination!.Name.Id.ToString() : "";
}
