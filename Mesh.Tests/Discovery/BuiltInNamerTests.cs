using Mesh.Discovery.Dns;
using Mesh.Discovery.Namers;
using Mesh.Discovery.Namers.Inet;
using Mesh.Discovery.Names;
using Mesh.Tests.Kit;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Discovery;

/// <summary>Claims of finagle's NamerTest and Linkerd's HostPortTest, HttpTest and RinetTest, and the edges between them.</summary>
public sealed class BuiltInNamerTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly FakeDns _dns = new();
    private readonly HostTable _hosts;
    private readonly InetNamer _inet;
    private readonly BuiltInNamer _namer;

    public BuiltInNamerTests()
    {
        _hosts = new HostTable(_dns, _time);
        _inet = new InetNamer(_hosts, _time);
        _namer = new BuiltInNamer(_inet);
    }

    public void Dispose()
    {
        _inet.Dispose();
        _hosts.Dispose();
    }

    [Theory]
    [InlineData("/io.buoyant.hostportPfx/ia/127.1:8080/etc", "/ia/127.1/8080/etc")]
    [InlineData("/io.buoyant.hostportPfx/ia/google.com:8180/etc", "/ia/google.com/8180/etc")]
    [InlineData("/io.buoyant.hostportPfx/ia/google.com:http/etc", "/ia/google.com/http/etc")]
    [InlineData("/io.buoyant.hostportPfx/ia/127.1:http/etc", "/ia/127.1/http/etc")]
    [InlineData("/io.buoyant.hostportPfx/ia/127.1:0-a-", "/ia/127.1/0-a-")]
    [InlineData(@"/io.buoyant.hostportPfx/\x20/a\x20b:80/\x2f", @"/\x20/\x61\x20\x62/80/\x2f")]
    [InlineData("/io.buoyant.hostportPfx/ia/google.com:8180:abcdef/etc", "~")]
    [InlineData("/io.buoyant.hostportPfx/ia/google.com:http:abcdef/etc", "~")]
    [InlineData("/io.buoyant.hostportPfx/ia/google.com/etc", "~")]
    [InlineData("/io.buoyant.hostportPfx/ia/:80/etc", "~")]
    [InlineData("/io.buoyant.hostportPfx/ia/a:/etc", "~")]
    [InlineData("/io.buoyant.hostportPfx/ia/a:HTTP", "~")]
    [InlineData("/io.buoyant.hostportPfx/ia/a:-80", "~")]
    [InlineData("/io.buoyant.hostportPfx/ia/::1:80", "~")]
    [InlineData("/io.buoyant.hostportPfx/ia", "~")]
    [InlineData("/io.buoyant.hostportPfx", "~")]
    [InlineData("/io.buoyant.porthostPfx/ia/127.1:8080/etc", "/ia/8080/127.1/etc")]
    [InlineData("/io.buoyant.porthostPfx/ia/127.1:http/etc", "/ia/http/127.1/etc")]
    [InlineData("/io.buoyant.porthostPfx/ph/example.com", "~")]
    [InlineData("/io.buoyant.porthostPfx/ph", "~")]
    public void TakesHostAndPortApart(string path, string tree) => Assert.Equal(tree, TreeOf(path));

    [Fact]
    public void RefusesAPortThatIsNoDnsLabelByItsLength()
    {
        string label = new('a', 63);

        Assert.Equal($"/p/h/{label}", TreeOf($"/io.buoyant.hostportPfx/p/h:{label}"));
        Assert.Equal("~", TreeOf($"/io.buoyant.hostportPfx/p/h:{label}a"));
    }

    [Theory]
    [InlineData("/io.buoyant.http.anyMethod/GET/foo/bar/bah", "/foo/bar/bah")]
    [InlineData("/io.buoyant.http.anyMethod/GET", "/")]
    [InlineData("/io.buoyant.http.anyMethod/A.B/foo/bar/bah", "~")]
    [InlineData("/io.buoyant.http.anyMethod/get/foo", "~")]
    [InlineData("/io.buoyant.http.anyMethod/M-SEARCH/foo", "~")]
    [InlineData("/io.buoyant.http.anyMethod", "~")]
    [InlineData("/io.buoyant.http.anyMethodPfx/foo/GET/bar/bah", "/foo/bar/bah")]
    [InlineData("/io.buoyant.http.anyMethodPfx/foo/A.B/bar/bah", "~")]
    [InlineData("/io.buoyant.http.anyMethodPfx/foo", "~")]
    public void DropsAMethod(string path, string tree) => Assert.Equal(tree, TreeOf(path));

    [Theory]
    [InlineData("/io.buoyant.http.anyHost/a.b/foo/bar/bah", "/foo/bar/bah")]
    [InlineData("/io.buoyant.http.anyHost/a_b-c.D:80/foo", "/foo")]
    [InlineData("/io.buoyant.http.anyHost/::1/foo", "/foo")]
    [InlineData("/io.buoyant.http.anyHost/a%b/foo/bar/bah", "~")]
    [InlineData(@"/io.buoyant.http.anyHost/a\x20b/foo", "~")]
    [InlineData("/io.buoyant.http.anyHost", "~")]
    [InlineData("/io.buoyant.http.anyHostPfx/foo/a.b/bar/bah", "/foo/bar/bah")]
    [InlineData("/io.buoyant.http.anyHostPfx/f%o/a.b/bar", "/f%o/bar")]
    [InlineData("/io.buoyant.http.anyHostPfx/foo/a%b/bar/bah", "~")]
    [InlineData("/io.buoyant.http.anyHostPfx/foo", "~")]
    public void DropsAHost(string path, string tree) => Assert.Equal(tree, TreeOf(path));

    [Theory]
    [InlineData("/io.buoyant.http.subdomainOf/a.b/foo.a.b/bar/bah", "/foo/bar/bah")]
    [InlineData("/io.buoyant.http.subdomainOf/a.b/x.foo.a.b/bar", "/x.foo/bar")]
    [InlineData("/io.buoyant.http.subdomainOf/a.b/a.b/bar", "~")]
    [InlineData("/io.buoyant.http.subdomainOf/a.b/.a.b/bar", "~")]
    [InlineData("/io.buoyant.http.subdomainOf/a.b/fooa.b/bar", "~")]
    [InlineData("/io.buoyant.http.subdomainOf/a.b/foo.A.B/bar", "~")]
    [InlineData("/io.buoyant.http.subdomainOf/a.b/foo.a.b.c/bar", "~")]
    [InlineData("/io.buoyant.http.subdomainOf/a%b/foo.a%b/bar", "~")]
    [InlineData("/io.buoyant.http.subdomainOf/a.b", "~")]
    [InlineData("/io.buoyant.http.subdomainOf", "~")]
    [InlineData("/io.buoyant.http.subdomainOfPfx/a.b/foo/bar.a.b/bah", "/foo/bar/bah")]
    [InlineData("/io.buoyant.http.subdomainOfPfx/a.b/foo/bar_suffix.a.b/bah", "/foo/bar_suffix/bah")]
    [InlineData("/io.buoyant.http.subdomainOfPfx/a.b/foo/bar-suffix.a.b/bah", "/foo/bar-suffix/bah")]
    [InlineData("/io.buoyant.http.subdomainOfPfx/a.b/foo/bar.a.b:9090/bah", "/foo/bar/bah")]
    [InlineData("/io.buoyant.http.subdomainOfPfx/a.b/foo/bar.c.d/bah", "~")]
    [InlineData("/io.buoyant.http.subdomainOfPfx/a.b/foo", "~")]
    [InlineData("/io.buoyant.http.subdomainOfPfx/a.b", "~")]
    public void TakesTheSubdomain(string path, string tree) => Assert.Equal(tree, TreeOf(path));

    [Theory]
    [InlineData("/io.buoyant.http.domainToPath/foo.buoyant.io", "/io/buoyant/foo")]
    [InlineData("/io.buoyant.http.domainToPath/foo.buoyant.io/resource/name", "/io/buoyant/foo/resource/name")]
    [InlineData("/io.buoyant.http.domainToPath/foo.buoyant.io:80", "/io:80/buoyant/foo")]
    [InlineData("/io.buoyant.http.domainToPath/foo.io./x", "/io/foo/x")]
    [InlineData("/io.buoyant.http.domainToPath/a..b", "~")]
    [InlineData("/io.buoyant.http.domainToPath/.a", "~")]
    [InlineData("/io.buoyant.http.domainToPath/./x", "~")]
    [InlineData("/io.buoyant.http.domainToPath/a%b", "~")]
    [InlineData("/io.buoyant.http.domainToPath", "~")]
    [InlineData("/io.buoyant.http.domainToPathPfx/pfx/foo.buoyant.io", "/pfx/io/buoyant/foo")]
    [InlineData("/io.buoyant.http.domainToPathPfx/pfx/foo.buoyant.io/x", "/pfx/io/buoyant/foo/x")]
    [InlineData("/io.buoyant.http.domainToPathPfx/pfx", "~")]
    public void TurnsADomainIntoAPath(string path, string tree) => Assert.Equal(tree, TreeOf(path));

    [Theory]
    [InlineData("/nil", "$")]
    [InlineData("/nil/foo/bar", "$")]
    [InlineData("/fail", "!")]
    [InlineData("/fail/foo/bar", "!")]
    [InlineData("/", "~")]
    [InlineData("/io.buoyant.rinet", "~")]
    [InlineData("/io.buoyant.rinet/443", "~")]
    public void KnowsItsSymbols(string path, string tree) => Assert.Equal(tree, TreeOf(path));

    [Theory]
    [InlineData("/inet/1234", "/$/inet/1234", "/", "127.0.0.1:1234")]
    [InlineData("/inet/1234/foobar", "/$/inet/1234", "/foobar", "127.0.0.1:1234")]
    [InlineData("/inet/127.0.0.1/1234", "/$/inet/127.0.0.1/1234", "/", "127.0.0.1:1234")]
    [InlineData("/fixedinet/1234", "/$/fixedinet/1234", "/", "127.0.0.1:1234")]
    [InlineData("/fixedinet/1234/foobar", "/$/fixedinet/1234", "/foobar", "127.0.0.1:1234")]
    [InlineData("/fixedinet/127.1/1234/a/b", "/$/fixedinet/127.1/1234", "/a/b", "127.0.0.1:1234")]
    [InlineData("/io.buoyant.rinet/12345/localhost/residual", "/$/io.buoyant.rinet/12345/localhost", "/residual", "127.0.0.1:12345")]
    [InlineData("/io.buoyant.rinet/443/example.com", "/$/io.buoyant.rinet/443/example.com", "/", "10.0.0.1:443")]
    [InlineData("/io.buoyant.rinet/443/::1", "/$/io.buoyant.rinet/443/::1", "/", "[::1]:443")]
    public void BindsAddresses(string path, string id, string residual, string endPoint)
    {
        _dns.Hosts["localhost"] = FakeDns.At("127.0.0.1");
        _dns.Hosts["example.com"] = FakeDns.At("10.0.0.1");

        using INameWatch watch = _namer.Lookup(Path.Parse(path));

        Name.Bound bound = BoundOf(watch);
        Assert.Equal((id, residual), (bound.Destination.Id.ToString(), bound.Residual.ToString()));
        Assert.Equal($"[{endPoint}]", bound.Destination.Addresses.Current.ToString());
    }

    [Theory]
    [InlineData("/inet", "/$/inet names no host and port: expected /$/inet/<host>/<port>")]
    [InlineData("/fixedinet/a/b", "/$/fixedinet/a/b names no host and port: expected /$/fixedinet/<host>/<port>")]
    [InlineData("/io.buoyant.rinet/example.com/443", "names no port and host: expected /$/io.buoyant.rinet/<port>/<host>")]
    [InlineData("/io.buoyant.rinet/0/a", "names no port and host")]
    [InlineData("/io.buoyant.rinet/65536/a", "names no port and host")]
    [InlineData("/io.buoyant.hostport/x", "Unknown namer: io.buoyant.hostport for path: /$/io.buoyant.hostport/x")]
    [InlineData(@"/a\x0ab", @"Unknown namer: \x61\x0a\x62 for path: /$/\x61\x0a\x62")]
    public void SaysWhatIsWrong(string path, string reason)
    {
        using INameWatch watch = _namer.Lookup(Path.Parse(path));

        Assert.Contains(reason, Assert.IsType<NameState.Failed>(watch.Current).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void FixedInetKeepsItsFirstGoodAnswer_EvenWhenNobodyWatches()
    {
        _dns.Hosts["app.test"] = new HostState.Failed("SERVFAIL");
        INameWatch watch = _namer.Lookup(Path.Parse("/fixedinet/app.test/80"));
        BoundName app = BoundOf(watch).Destination;
        Assert.Equal(new AddressState.Failed("SERVFAIL"), app.Addresses.Current);

        _dns.Hosts["app.test"] = FakeDns.At("10.0.0.1");
        _time.Advance(HostTable.DefaultRefresh);
        Assert.Equal("[10.0.0.1:80]", app.Addresses.Current.ToString());

        _dns.Hosts["app.test"] = FakeDns.At("10.0.0.2");
        int asked = _dns.Asked.Count;
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("[10.0.0.1:80]", app.Addresses.Current.ToString());
        watch.Dispose();
        _time.Advance(TimeSpan.FromHours(1));
        using INameWatch again = _namer.Lookup(Path.Parse("/fixedinet/app.test/81"));
        Assert.Equal("[10.0.0.1:81]", BoundOf(again).Destination.Addresses.Current.ToString());
        Assert.Equal(asked, _dns.Asked.Count);
    }

    [Fact]
    public void FixedInetForgetsWhatItNeverLearnt()
    {
        _namer.Lookup(Path.Parse("/fixedinet/app.test/80")).Dispose();
        int asked = _dns.Asked.Count;

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(1, asked);
        Assert.Equal(asked, _dns.Asked.Count);
        Assert.Equal(0, _inet.Count);
    }

    [Fact]
    public void RemembersFewNamesThatNobodyWatches()
    {
        for (int i = 0; i < InetNames.MaxIdle + 100; i++) _namer.Lookup(Path.Parse($"/inet/10.0.{i / 256}.{i % 256}/80")).Dispose();
        for (int i = 0; i < 100; i++) _namer.Lookup(Path.Parse($"/inet/nobody{i}.test/80")).Dispose();
        Assert.Equal(InetNames.MaxIdle, _inet.Count);

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(0, _inet.Count);
    }

    [Fact]
    public void TellsItsStateToAnOperator()
    {
        _dns.Hosts["app.test"] = FakeDns.At("10.0.0.1");
        _dns.Hosts["sick.test"] = new HostState.Failed("SERVFAIL");
        DateTimeOffset start = _time.GetUtcNow();
        using INameWatch app = _namer.Lookup(Path.Parse("/inet/app.test/80"));
        using INameWatch sick = _namer.Lookup(Path.Parse("/inet/sick.test/80"));
        using INameWatch nobody = _namer.Lookup(Path.Parse("/io.buoyant.rinet/80/nobody.test"));

        _dns.Hosts["app.test"] = new HostState.Failed("timed out");
        _time.Advance(HostTable.DefaultRefresh);

        Assert.Equal(
            [
                ("/$/inet/app.test/80", NameStatus.Bound, start, 1, "timed out"),
                ("/$/inet/sick.test/80", NameStatus.Failed, start, 0, "SERVFAIL"),
                ("/$/io.buoyant.rinet/80/nobody.test", NameStatus.Neg, start, 0, ""),
            ],
            _namer.Status.Select(each => (each.Name.ToString(), each.State, each.Since, each.Addresses.Length, each.Problem)));
    }

    private static Name.Bound BoundOf(INameWatch watch) => (Name.Bound)((NameTree<Name>.Leaf)((NameState.Resolved)watch.Current).Tree).Value;

    private string TreeOf(string path)
    {
        using INameWatch watch = _namer.Lookup(Path.Parse(path));
        return Assert.IsType<NameState.Resolved>(watch.Current).Tree.ToString();
    }
}
