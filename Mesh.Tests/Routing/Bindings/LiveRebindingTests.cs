using Mesh.Discovery.Dns;
using Mesh.Discovery.Namers;
using Mesh.Discovery.Namers.Fs;
using Mesh.Discovery.Namers.Inet;
using Mesh.Discovery.Names;
using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;
using Mesh.Tests.Discovery;
using Mesh.Tests.Kit;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Bindings;

/// <summary>The whole way, from files and DNS to the snapshot that requests read.</summary>
public sealed class LiveRebindingTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("mesh-rebind-");
    private readonly FakeTime _time = new();
    private readonly FakeDns _dns = new();
    private readonly HostTable _hosts;
    private readonly FsNamer _fs;
    private readonly InetNamer _inet;
    private readonly BindingCache<BoundName> _cache;

    public LiveRebindingTests()
    {
        _hosts = new HostTable(_dns, _time);
        _fs = new FsNamer(new FsNamerOptions { RootDirectory = _root.FullName, UseNotification = false }, _hosts, _time);
        _inet = new InetNamer(_hosts, _time);
        var namers = new NamerTable([_fs], new BuiltInNamer(_inet));
        Dtab dtab = Dtab.Parse("/svc => /$/inet/127.1/9999 ; /svc => /$/inet/backup.test/80 ; /svc => /#/io.l5d.fs");
        _cache = new BindingCache<BoundName>(dtab, namers.Lookup, new Names(), _time);
    }

    public void Dispose()
    {
        _cache.Dispose();
        _fs.Dispose();
        _inet.Dispose();
        _hosts.Dispose();
        _root.Delete(recursive: true);
    }

    [Fact]
    public async Task TrafficFollowsFilesAndDns()
    {
        string file = System.IO.Path.Combine(_root.FullName, "web");
        ServiceBinding<BoundName> web = _cache.GetOrAdd(new BindingKey("web"u8), Path.Parse("/svc/web"));
        await Leads(web, "/$/inet/127.1/9999");

        _dns.Hosts["backup.test"] = FakeDns.At("10.0.0.9");
        await Leads(web, "/$/inet/backup.test/80");

        File.WriteAllText(file, "127.0.0.1 8080\n");
        await Leads(web, "/#/io.l5d.fs/web");

        File.WriteAllText(file, "# maintenance\n");
        await Leads(web, "/$/inet/backup.test/80");

        File.WriteAllText(file, "127.0.0.1 8081\n");
        await Leads(web, "/#/io.l5d.fs/web");

        File.Delete(file);
        await Leads(web, "/$/inet/backup.test/80");
    }

    [Fact]
    public async Task MalformedFileFailsItsOwnNameOnly()
    {
        File.WriteAllText(System.IO.Path.Combine(_root.FullName, "bad"), "127.0.0.1\n");
        File.WriteAllText(System.IO.Path.Combine(_root.FullName, "good"), "127.0.0.1 80\n");

        ServiceBinding<BoundName> bad = _cache.GetOrAdd(new BindingKey("bad"u8), Path.Parse("/svc/bad"));
        ServiceBinding<BoundName> good = _cache.GetOrAdd(new BindingKey("good"u8), Path.Parse("/svc/good"));
        BindingFailure failure = (await bad.FirstBound.WaitAsync(Live.Patience)).Failure!;

        await Leads(good, "/#/io.l5d.fs/good");
        Assert.Equal(BindFailureKind.NamerFailed, failure.Kind);
        Assert.Contains("/bad:1: expected 'host port'", failure.Explanation, StringComparison.Ordinal);
    }

    private async Task Leads(ServiceBinding<BoundName> binding, string id)
    {
        using var patience = new CancellationTokenSource(Live.Patience);
        while (binding.Current is not { Failure: null } snapshot || snapshot.Leaves[0].Name!.Id.ToString() != id)
        {
            patience.Token.ThrowIfCancellationRequested();
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    private sealed class Names : IDestinationSource<BoundName>
    {
        public BoundName Acquire(BoundName name) => name;

        public void Release(BoundName destination)
        {
        }
    }
}
