using System.Net;
using System.Runtime.CompilerServices;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Names;
using Mesh.Discovery.Transformers;
using Mesh.Tests.Kit;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Discovery;

/// <summary>The transformers that make one destination of one: port, localhost, specificHost.</summary>
public sealed class TransformerTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly FakeDns _dns = new();
    private readonly HostTable _hosts;

    public TransformerTests() => _hosts = new HostTable(_dns, _time);

    public void Dispose() => _hosts.Dispose();

    [Fact]
    public void PortChangesEachAddress_AndPutsItselfBeforeTheId()
    {
        using var transformer = new PortTransformer(PortTransformer.DefaultPrefix(4141), 4141);
        BoundName hello = Destination("/#/io.l5d.fs/hello", Known("10.0.0.1:80", "10.0.0.2:81", "[::1]:82"));

        BoundName made = transformer.Map(hello);

        Assert.Equal("/%/io.l5d.port/4141/#/io.l5d.fs/hello", made.Id.ToString());
        Assert.Equal(Known("10.0.0.1:4141", "10.0.0.2:4141", "[::1]:4141"), made.Addresses.Current);
    }

    [Fact]
    public void PortMakesOneAddressOfTwoOnAHost_WithTheLastWeight()
    {
        using var transformer = new PortTransformer(Path.Parse("/p"), 4141);
        var two = new AddressState.Known([new(IPEndPoint.Parse("10.0.0.1:80"), 1), new(IPEndPoint.Parse("10.0.0.1:81"), 0.5)]);

        AddressState made = transformer.Map(Destination("/x", two)).Addresses.Current;

        Assert.Equal(new AddressState.Known([new(IPEndPoint.Parse("10.0.0.1:4141"), 0.5)]), made);
    }

    [Fact]
    public void PortLeavesWhatIsNoAddress()
    {
        using var transformer = new PortTransformer(Path.Parse("/p"), 4141);
        var failed = new AddressState.Failed("why");
        AddressState[] states = [AddressState.Pending.Instance, AddressState.Neg.Instance, failed, AddressState.Known.Nothing];

        Assert.All(states, state => Assert.Equal(state, transformer.Map(Destination("/x", state)).Addresses.Current));
    }

    [Fact]
    public void SpecificHostKeepsItsAddresses_AndElseSaysThatTheyAreGone()
    {
        using HostTransformer transformer = HostTransformer.SpecificHost(Path.Parse("/io.l5d.specificHost"), "1.1.1.1", _hosts);
        var addresses = new LiveValue<AddressState>(Known("1.1.1.1:8888", "1.1.1.2:8888", "1.1.1.1:9999", "[::ffff:1.1.1.1]:7777"));

        BoundName made = transformer.Map(new BoundName(Path.Parse("/#/io.l5d.fs/web"), addresses));

        Assert.Equal("/%/io.l5d.specificHost/#/io.l5d.fs/web", made.Id.ToString());
        Assert.Equal("[1.1.1.1:8888, 1.1.1.1:9999, [::ffff:1.1.1.1]:7777]", made.Addresses.Current.ToString());
        addresses.Set(Known("1.1.1.2:8888"));
        Assert.Equal(AddressState.Neg.Instance, made.Addresses.Current);
        addresses.Set(AddressState.Known.Nothing);
        Assert.Equal(AddressState.Neg.Instance, made.Addresses.Current);
        addresses.Set(AddressState.Pending.Instance);
        Assert.Equal(AddressState.Pending.Instance, made.Addresses.Current);
    }

    [Fact]
    public void SpecificHostFollowsAHostName()
    {
        _dns.Hosts["box.test"] = new HostState.Failed("SERVFAIL");
        HostTransformer transformer = HostTransformer.SpecificHost(Path.Parse("/s"), "box.test", _hosts);
        BoundName made = transformer.Map(Destination("/x", Known("10.0.0.1:80", "10.0.0.2:80")));
        int changes = 0;
        using IDisposable subscription = made.Addresses.OnChange(() => changes++);
        Assert.Equal(new AddressState.Failed("SERVFAIL"), made.Addresses.Current);
        Assert.Equal("/%/s: SERVFAIL", transformer.Problem);

        _dns.Hosts["box.test"] = FakeDns.At("10.0.0.2");
        _time.Advance(HostTable.DefaultRefresh);
        Assert.Equal(Known("10.0.0.2:80"), made.Addresses.Current);
        Assert.Null(transformer.Problem);

        _dns.Hosts.TryRemove("box.test", out _);
        _time.Advance(HostTable.DefaultRefresh);
        Assert.Equal(AddressState.Neg.Instance, made.Addresses.Current);
        Assert.Equal("/%/s: DNS knows no host box.test", transformer.Problem);
        Assert.Equal(2, changes);

        transformer.Dispose();
        int asked = _dns.Asked.Count;
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(asked, _dns.Asked.Count);
    }

    [Fact]
    public void LocalhostKeepsTheAddressesOfTheInterfaces_WhichMayCome()
    {
        List<string> interfaces = ["127.0.0.1"];
        using var local = new LocalAddresses(_time, () => interfaces.Select(IPAddress.Parse));
        using HostTransformer transformer = HostTransformer.Localhost(Path.Parse("/io.l5d.localhost"), local);
        BoundName made = transformer.Map(Destination("/#/io.l5d.fs/web", Known("127.0.0.1:80", "10.0.0.1:80", "10.0.0.2:80")));
        int changes = 0;
        using IDisposable subscription = made.Addresses.OnChange(() => changes++);
        Assert.Equal("/%/io.l5d.localhost/#/io.l5d.fs/web", made.Id.ToString());
        Assert.Equal(Known("127.0.0.1:80"), made.Addresses.Current);

        interfaces.Add("10.0.0.1");
        _time.Advance(LocalAddresses.Refresh);
        Assert.Equal(Known("127.0.0.1:80", "10.0.0.1:80"), made.Addresses.Current);
        interfaces.Add("192.168.0.1");
        _time.Advance(LocalAddresses.Refresh);
        Assert.Equal(1, changes);
    }

    [Fact]
    public void ThisMachineHasItsLoopback()
    {
        using var local = new LocalAddresses(_time);

        Assert.Contains(IPAddress.Loopback, Assert.IsType<HostState.Known>(local.Current).Addresses);
    }

    [Fact]
    public void GivesTheSameObjectForTheSameDestination_WhileAnybodyHoldsIt()
    {
        using var transformer = new PortTransformer(Path.Parse("/p"), 1);
        BoundName web = Destination("/x", Known("10.0.0.1:80"));
        BoundName first = transformer.Map(web);

        GC.Collect();

        Assert.Same(first, transformer.Map(web));
        Assert.NotSame(first, transformer.Map(Destination("/x", Known("10.0.0.1:80"))));
    }

    [Fact]
    public void HoldsNoDestinationThatNobodyHolds()
    {
        using var transformer = new PortTransformer(Path.Parse("/p"), 1);

        WeakReference forgotten = Forgotten(transformer);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.False(forgotten.IsAlive);
    }

    [Fact]
    public void SubscribesOnlyWhileSomebodyListens_AndTellsOnlyWhatDiffers()
    {
        using HostTransformer transformer = HostTransformer.SpecificHost(Path.Parse("/s"), "10.0.0.1", _hosts);
        var addresses = new LiveValue<AddressState>(Known("10.0.0.1:80", "10.0.0.2:80"));
        BoundName made = transformer.Map(new BoundName(Path.Parse("/x"), addresses));
        Assert.False(addresses.HasSubscribers);

        int changes = 0;
        IDisposable subscription = made.Addresses.OnChange(() => changes++);
        Assert.True(addresses.HasSubscribers);
        addresses.Set(Known("10.0.0.1:80", "10.0.0.3:80"));
        Assert.Equal(0, changes);
        addresses.Set(Known("10.0.0.1:81", "10.0.0.3:80"));
        Assert.Equal(1, changes);

        subscription.Dispose();
        Assert.False(addresses.HasSubscribers);
    }

    [Fact]
    public void AppliesInOrder_TheLastPrefixFirst()
    {
        using HostTransformer host = HostTransformer.SpecificHost(Path.Parse("/io.l5d.specificHost"), "10.0.0.1", _hosts);
        using var port = new PortTransformer(PortTransformer.DefaultPrefix(1), 1);
        var leaf = new Name.Bound(Destination("/#/a", Known("10.0.0.1:80", "10.0.0.2:80")), Path.Parse("/rest"));
        var empty = new NameTree<Name.Bound>.Empty();
        NameTree<Name.Bound> tree = new NameTree<Name.Bound>.Union([new(0.5, NameTree.Leaf(leaf)), new(1, empty)]);

        var made = (BoundTree.Known)Transformer.ApplyAll([host, port], tree);

        Assert.Equal("0.50*/%/io.l5d.port/1/%/io.l5d.specificHost/#/a & $", made.Tree.ToString());
        var bound = ((NameTree<Name.Bound>.Leaf)((NameTree<Name.Bound>.Union)made.Tree).Branches[0].Tree).Value;
        Assert.Equal("/rest", bound.Residual.ToString());
        Assert.Equal(Known("10.0.0.1:1"), bound.Destination.Addresses.Current);
        Assert.Equal(made, Transformer.ApplyAll([host, port], tree));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Forgotten(PortTransformer transformer) => new(transformer.Map(Destination("/x", Known("10.0.0.1:80"))));

    private static BoundName Destination(string id, AddressState addresses) => new(Path.Parse(id), new LiveValue<AddressState>(addresses));

    private static AddressState.Known Known(params string[] endPoints) =>
        new([.. endPoints.Select(endPoint => new WeightedAddress(IPEndPoint.Parse(endPoint), 1))]);
}
