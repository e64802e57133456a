using Mesh.Discovery.Dns;
using Mesh.Discovery.Namers.Fs;
using Mesh.Discovery.Names;
using Mesh.Tests.Kit;
using Xunit;
using Names = Mesh.Discovery.Names;

namespace Mesh.Tests.Discovery;

/// <summary>What it costs that one of many files changes, and what is seen when.</summary>
public sealed class FsManyNamesTests : IDisposable
{
    private const int Many = 300;

    private static readonly TimeSpan _poll = TimeSpan.FromSeconds(1);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("mesh-fs-");
    private readonly FakeTime _time = new();
    private readonly HostTable _hosts;
    private readonly List<IDisposable> _open = [];

    public FsManyNamesTests() => _hosts = new HostTable(new FakeDns(), _time);

    public void Dispose()
    {
        foreach (IDisposable one in _open) one.Dispose();
        _hosts.Dispose();
        _root.Delete(recursive: true);
    }

    [Fact]
    public async Task ANotificationLooksAtTheFileThatItNamesAndNoOther()
    {
        FsNamer namer = Namer(_poll);
        BoundName[] all = await Serve(namer, Many);
        Write("web7", "127.0.0.1 9007\n");
        Write("web8", "127.0.0.1 9008\n");
        long before = namer.Looks;

        namer.Hear(["web7"]);
        await all[7].UntilEndPoints("127.0.0.1:9007");

        Assert.Equal(1, namer.Looks - before);
        Assert.Equal("127.0.0.1:8", Shown(all[8]));
        namer.Hear(null);
        await all[8].UntilEndPoints("127.0.0.1:9008");
    }

    [Fact]
    public async Task TheOperatingSystemNamesWhatChanged()
    {
        var options = new FsNamerOptions { RootDirectory = _root.FullName, PollInterval = TimeSpan.FromHours(1) };
        using var namer = new FsNamer(options, _hosts, TimeProvider.System);
        BoundName[] all = await Serve(namer, Many);
        // What began the watch and wrote the files is told within the settling time: a name that comes and goes tells that it is over.
        await Rename("settled", namer);
        long before = namer.Looks;

        Write("web9.new", "127.0.0.1 9009\n");
        File.Move(In("web9.new"), In("web9"), overwrite: true);
        await all[9].UntilEndPoints("127.0.0.1:9009");

        Assert.InRange(namer.Looks - before, 1, Many / 2);
    }

    [Fact]
    public async Task AMissedNotificationIsFoundByThePoll()
    {
        FsNamer namer = Namer(_poll);
        BoundName[] all = await Serve(namer, Many);

        Write("web7", "127.0.0.1 9007\n");
        File.Delete(In("web8"));
        _time.Advance(_poll);

        await all[7].UntilEndPoints("127.0.0.1:9007");
        await Until(() => namer.Status.Single(name => name.Name.ToString().EndsWith("/web8", StringComparison.Ordinal)).State == NameStatus.Neg);
    }

    [Fact]
    public async Task APollLooksAtSoManyNamesOnlyAndAllHaveTheirTurn()
    {
        // A tenth of a second has a tenth of the looks.
        FsNamer namer = Namer(_poll / 10);
        BoundName[] all = await Serve(namer, Many);
        for (int i = 0; i < Many; i++) Write($"web{i}", $"127.0.0.1 {9000 + i}\n");
        long before = namer.Looks;

        for (int poll = 1; poll <= 3; poll++)
        {
            _time.Advance(_poll / 10);
            await Until(() => namer.Looks - before == poll * FsNamer.LooksPerSecond / 10);
        }

        for (int i = 0; i < Many; i++) await all[i].UntilEndPoints($"127.0.0.1:{9000 + i}");
    }

    [Fact]
    public async Task ADirectoryThatGoesTakesAllBelowItAlong()
    {
        _root.CreateSubdirectory("team");
        FsNamer namer = Namer(TimeSpan.FromHours(1));
        BoundName[] all = await Serve(namer, 3, "team/");
        foreach (BoundName name in all) _open.Add(name.Addresses.OnChange(() => { }));

        Directory.Move(In("team"), In("gone"));
        namer.Hear(["team", "gone"]);

        foreach (BoundName name in all) await name.Addresses.Until(state => state is AddressState.Neg);
        Directory.Move(In("gone"), In("team"));
        namer.Hear(["team", "gone"]);
        for (int i = 0; i < all.Length; i++) await all[i].UntilEndPoints($"127.0.0.1:{Math.Max(i, 1)}");
    }

    [Fact]
    public async Task ALinkIsFollowedWhenWhatItLeadsToIsNamed()
    {
        Write("real", "127.0.0.1 1\n");
        File.CreateSymbolicLink(In("alias"), "real");
        FsNamer namer = Namer(TimeSpan.FromHours(1));
        INameWatch watch = Watch(namer, "/alias");
        BoundName bound = await watch.Destination();
        await bound.UntilEndPoints("127.0.0.1:1");

        Write("real", "127.0.0.1 22\n");
        namer.Hear(["real"]);

        await bound.UntilEndPoints("127.0.0.1:22");
    }

    [Fact]
    public async Task NamesThatNobodyAsksForAnyMoreAreForgotten()
    {
        FsNamer namer = Namer(_poll);
        await Serve(namer, Many);
        foreach (IDisposable one in _open.Skip(1).ToArray()) one.Dispose();
        using INameWatch last = Watch(namer, "/web0");
        await last.Destination();
        long before = namer.Looks;

        _time.Advance(_poll);
        await Until(() => namer.Looks > before);
        namer.Hear(["web1", "web2"]);
        namer.Hear(null);
        await Until(() => namer.Looks > before + 1);

        Assert.Single(namer.Status);
        Assert.InRange(namer.Looks - before, 2, 3);
    }

    private FsNamer Namer(TimeSpan poll)
    {
        var options = new FsNamerOptions { RootDirectory = _root.FullName, UseNotification = false, PollInterval = poll };
        var namer = new FsNamer(options, _hosts, _time);
        _open.Add(namer);
        return namer;
    }

    private async Task<BoundName[]> Serve(FsNamer namer, int count, string directory = "")
    {
        for (int i = 0; i < count; i++) Write($"{directory}web{i}", $"127.0.0.1 {Math.Max(i, 1)}\n");
        var all = new List<BoundName>();
        for (int i = 0; i < count; i++) all.Add(await Watch(namer, $"/{directory}web{i}").Destination());
        for (int i = 0; i < count; i++) await all[i].UntilEndPoints($"127.0.0.1:{Math.Max(i, 1)}");
        return [.. all];
    }

    private async Task Rename(string name, FsNamer namer)
    {
        using INameWatch watch = namer.Lookup(Names.Path.Of(name));
        Write(name, "127.0.0.1 1\n");
        await watch.Destination();
        File.Delete(In(name));
        await watch.Until(state => state == NameState.Resolved.Neg);
    }

    private INameWatch Watch(FsNamer namer, string path)
    {
        INameWatch watch = namer.Lookup(Names.Path.Parse(path));
        _open.Add(watch);
        return watch;
    }

    private static string Shown(BoundName name) => ((AddressState.Known)name.Addresses.Current).Addresses.Single().EndPoint.ToString();

    private string In(string name) => System.IO.Path.Combine(_root.FullName, name);

    private void Write(string name, string text) => File.WriteAllText(In(name), text);

    /// <summary>A scan runs on the pool, and tells nobody when it found nothing new.</summary>
    private static async Task Until(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(Live.Patience);
        while (!holds())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
