using Mesh.Discovery.Dns;
using Mesh.Discovery.Namers;
using Mesh.Discovery.Namers.Inet;
using Mesh.Discovery.Names;
using Mesh.Tests.Kit;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Discovery;

public sealed class InetNamerTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly FakeDns _dns = new();
    private readonly HostTable _hosts;
    private readonly InetNamer _inet;
    private readonly NamerTable _table;

    public InetNamerTests()
    {
        _hosts = new HostTable(_dns, _time);
        _inet = new InetNamer(_hosts, _time);
        _table = new NamerTable([], new BuiltInNamer(_inet));
    }

    public void Dispose()
    {
        _inet.Dispose();
        _hosts.Dispose();
    }

    [Theory]
    [InlineData("/$/inet/127.1/9999", "127.0.0.1:9999")]
    [InlineData("/$/inet/10.1.2.3/80", "10.1.2.3:80")]
    [InlineData("/$/inet/::1/80", "[::1]:80")]
    [InlineData(@"/$/inet/\x5b\x3a\x3a\x31\x5d/80", "[::1]:80")]
    public void BindsLiteralsAtOnce(string path, string endPoint)
    {
        using INameWatch watch = _table.Lookup(Path.Parse(path + "/rest"));

        Name.Bound bound = BoundOf(watch);
        Assert.Equal(path, bound.Destination.Id.ToString());
        Assert.Equal("/rest", bound.Residual.ToString());
        Assert.Equal($"[{endPoint}]", bound.Destination.Addresses.Current.ToString());
        Assert.Empty(_dns.Asked);
    }

    [Fact]
    public async Task PortAloneIsLocalHost()
    {
        _dns.Hosts["localhost"] = FakeDns.At("127.0.0.1");

        using INameWatch watch = _table.Lookup(Path.Parse("/$/inet/8080/rest"));

        Assert.Equal("/$/inet/8080", BoundOf(watch).Destination.Id.ToString());
        await BoundOf(watch).Destination.UntilEndPoints("127.0.0.1:8080");
    }

    [Fact]
    public async Task AsksAgainAndKeepsTheLastGoodAnswer()
    {
        _dns.Hosts["app.test"] = FakeDns.At("10.0.0.1");
        using INameWatch watch = _table.Lookup(Path.Parse("/$/inet/app.test/80"));
        BoundName app = BoundOf(watch).Destination;
        await app.UntilEndPoints("10.0.0.1:80");

        _dns.Hosts["app.test"] = new HostState.Failed("SERVFAIL");
        _time.Advance(HostTable.DefaultRefresh);
        Assert.Equal("[10.0.0.1:80]", app.Addresses.Current.ToString());

        _dns.Hosts["app.test"] = FakeDns.At("10.0.0.2");
        _time.Advance(HostTable.DefaultRefresh);
        await app.UntilEndPoints("10.0.0.2:80");

        _dns.Hosts.TryRemove("app.test", out _);
        _time.Advance(HostTable.DefaultRefresh);
        await app.Addresses.Until(state => state is AddressState.Neg);
    }

    [Fact]
    public void FirstFailureIsAFailure()
    {
        _dns.Hosts["app.test"] = new HostState.Failed("SERVFAIL");

        using INameWatch watch = _table.Lookup(Path.Parse("/$/inet/app.test/80"));

        Assert.Equal(new AddressState.Failed("SERVFAIL"), BoundOf(watch).Destination.Addresses.Current);
    }

    [Fact]
    public void SharesOneWatchAndForgetsIt()
    {
        _dns.Hosts["app.test"] = FakeDns.At("10.0.0.1");
        INameWatch one = _table.Lookup(Path.Parse("/$/inet/app.test/80/a"));
        INameWatch other = _table.Lookup(Path.Parse("/$/inet/app.test/80/b"));
        Assert.Same(BoundOf(one).Destination, BoundOf(other).Destination);
        Assert.Single(_dns.Asked);

        one.Dispose();
        one.Dispose();
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(1, _inet.Count);

        other.Dispose();
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(0, _inet.Count);
        int asked = _dns.Asked.Count;
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(asked, _dns.Asked.Count);
    }

    [Theory]
    [InlineData(@"/$/inet/a\x20b/80")]
    [InlineData("/$/inet/a..b/80")]
    [InlineData("/$/inet/-a/80")]
    public void NeverAsksDnsForWhatIsNoName(string path)
    {
        using INameWatch watch = _table.Lookup(Path.Parse(path));

        Assert.IsType<AddressState.Neg>(BoundOf(watch).Destination.Addresses.Current);
        Assert.Empty(_dns.Asked);
    }

    [Theory]
    [InlineData("/$/inet/host/http", "names no host and port")]
    [InlineData("/$/inet/host/0", "names no host and port")]
    [InlineData("/$/inet", "names no host and port")]
    [InlineData("/$/io.example.thing/x", "Unknown namer: io.example.thing for path: /$/io.example.thing/x")]
    public void SaysWhatIsWrongWithABuiltInName(string path, string reason)
    {
        using INameWatch watch = _table.Lookup(Path.Parse(path));

        Assert.Contains(reason, Assert.IsType<NameState.Failed>(watch.Current).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void KnowsNilAndFail()
    {
        Assert.Equal("$", ((NameState.Resolved)_table.Lookup(Path.Parse("/$/nil/x")).Current).Tree.ToString());
        Assert.Equal("!", ((NameState.Resolved)_table.Lookup(Path.Parse("/$/fail")).Current).Tree.ToString());
        Assert.Equal(NameState.Resolved.Neg, _table.Lookup(Path.Parse("/svc/x")).Current);
    }

    [Fact]
    public void PrefersIPv4OfADualStackHost()
    {
        HostState state = SystemDnsResolver.StateOf([System.Net.IPAddress.IPv6Loopback, System.Net.IPAddress.Loopback]);

        Assert.Equal(FakeDns.At("127.0.0.1"), state);
    }

    private static Name.Bound BoundOf(INameWatch watch) =>
        (Name.Bound)((NameTree<Name>.Leaf)((NameState.Resolved)watch.Current).Tree).Value;
}
