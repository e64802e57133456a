using Mesh.Discovery.Dns;
using Mesh.Discovery.Namers.Fs;
using Mesh.Discovery.Names;
using Mesh.Tests.Kit;
using Xunit;
using Names = Mesh.Discovery.Names;

namespace Mesh.Tests.Discovery;

/// <summary>Files behind links, as a mounted ConfigMap has them: <c>web -> ..data/web</c>, and <c>..data</c> is swapped.</summary>
public sealed class FsLinkTests : IDisposable
{
    private static readonly TimeSpan _poll = TimeSpan.FromSeconds(1);

    private static readonly DateTime _longAgo = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("mesh-fs-link-");
    private readonly FakeTime _time = new();
    private readonly HostTable _hosts;
    private readonly FsNamer _namer;

    public FsLinkTests()
    {
        _hosts = new HostTable(new FakeDns(), _time);
        _namer = new FsNamer(new FsNamerOptions { RootDirectory = _root.FullName, UseNotification = false, PollInterval = _poll }, _hosts, _time);
    }

    public void Dispose()
    {
        _namer.Dispose();
        _hosts.Dispose();
        _root.Delete(recursive: true);
    }

    [Fact]
    public async Task SeesTheTargetsChange_ThoughTheLinkIsTheSame()
    {
        Version("v1", "127.0.0.1 1\n", _longAgo);
        Version("v2", "127.0.0.1 2\n", _longAgo.AddDays(1));
        File.CreateSymbolicLink(In("..data"), "v1");
        File.CreateSymbolicLink(In("web"), System.IO.Path.Combine("..data", "web"));
        File.SetLastWriteTimeUtc(In("web"), _longAgo);
        using INameWatch watch = _namer.Lookup(Names.Path.Parse("/web"));
        BoundName bound = await watch.Destination();
        await bound.UntilEndPoints("127.0.0.1:1");

        File.Delete(In("..data"));
        File.CreateSymbolicLink(In("..data"), "v2");
        _time.Advance(_poll);

        await bound.UntilEndPoints("127.0.0.1:2");
    }

    [Fact]
    public async Task ALinkThatLeadsNowhereIsNoFile()
    {
        File.CreateSymbolicLink(In("web"), "nowhere");
        File.CreateSymbolicLink(In("circle"), "circle");

        using INameWatch web = _namer.Lookup(Names.Path.Parse("/web"));
        using INameWatch circle = _namer.Lookup(Names.Path.Parse("/circle"));

        await web.Until(state => state == NameState.Resolved.Neg);
        await circle.Until(state => state == NameState.Resolved.Neg);
    }

    private void Version(string name, string text, DateTime written)
    {
        _root.CreateSubdirectory(name);
        string file = System.IO.Path.Combine(In(name), "web");
        File.WriteAllText(file, text);
        File.SetLastWriteTimeUtc(file, written);
    }

    private string In(string name) => System.IO.Path.Combine(_root.FullName, name);
}
