using System.Globalization;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Namers.Fs;
using Mesh.Discovery.Names;
using Mesh.Tests.Kit;
using Xunit;
using Names = Mesh.Discovery.Names;

namespace Mesh.Tests.Discovery;

public sealed class FsNamerTests : IDisposable
{
    private static readonly TimeSpan _poll = TimeSpan.FromSeconds(1);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("mesh-fs-");
    private readonly FakeTime _time = new();
    private readonly FakeDns _dns = new();
    private readonly HostTable _hosts;
    private readonly FsNamer _namer;

    public FsNamerTests()
    {
        _hosts = new HostTable(_dns, _time);
        _namer = new FsNamer(new FsNamerOptions { RootDirectory = _root.FullName, UseNotification = false, PollInterval = _poll }, _hosts, _time);
    }

    public void Dispose()
    {
        _namer.Dispose();
        _hosts.Dispose();
        _root.Delete(recursive: true);
    }

    [Fact]
    public async Task BindsAFileWithItsLines()
    {
        Write("web", "# replicas\n127.0.0.1 8080\n\n  10.0.0.2\t81 * 0.5 # slow\n::1 82\n127.1 83*2\n");

        using INameWatch watch = Lookup("/web/rest/of/it");
        BoundName bound = await watch.Destination();

        Assert.Equal("/#/io.l5d.fs/web", bound.Id.ToString());
        await bound.UntilEndPoints("127.0.0.1:8080", "10.0.0.2:81", "[::1]:82", "127.0.0.1:83");
        Assert.Equal([1, 0.5, 1, 2], ((AddressState.Known)bound.Addresses.Current).Addresses.Select(address => address.Weight));
        Assert.Equal(NameState.Resolved.To(bound, Names.Path.Parse("/rest/of/it")), watch.Current);
    }

    [Fact]
    public async Task WalksDirectories()
    {
        _root.CreateSubdirectory("team");
        Write("team/web", "127.0.0.1 1\n");

        using INameWatch file = Lookup("/team/web/x");
        using INameWatch directory = Lookup("/team");
        BoundName bound = await file.Destination();

        Assert.Equal("/#/io.l5d.fs/team/web", bound.Id.ToString());
        await directory.Until(IsNeg);
    }

    [Theory]
    [InlineData("/../web")]
    [InlineData("/.")]
    [InlineData(@"/..\x2fweb")]
    [InlineData(@"/\x2fetc\x2fpasswd")]
    [InlineData(@"/web\x00")]
    [InlineData(@"/\xff\xfe")]
    [InlineData("/")]
    public async Task NeverLeavesItsDirectory(string path)
    {
        Write("web", "127.0.0.1 1\n");

        using INameWatch watch = Lookup(path);

        await watch.Until(IsNeg);
    }

    [Fact]
    public async Task MissingFileIsNegUntilItAppears()
    {
        using INameWatch watch = Lookup("/web");
        await watch.Until(IsNeg);

        Write("web", "127.0.0.1 1\n");
        _time.Advance(_poll);

        await (await watch.Destination()).UntilEndPoints("127.0.0.1:1");
    }

    [Fact]
    public async Task SeesAtomicRename()
    {
        Write("web", "127.0.0.1 1\n");
        using INameWatch watch = Lookup("/web");
        BoundName bound = await watch.Destination();
        await bound.UntilEndPoints("127.0.0.1:1");

        Write("web.new", "127.0.0.1 2\n");
        File.Move(In("web.new"), In("web"), overwrite: true);
        _time.Advance(_poll);

        await bound.UntilEndPoints("127.0.0.1:2");
        Assert.Same(bound, await watch.Destination());
    }

    [Fact]
    public async Task MalformedFileKeepsTheLastGoodSetAndSaysSo()
    {
        Write("web", "127.0.0.1 1\n");
        using INameWatch watch = Lookup("/web");
        BoundName bound = await watch.Destination();
        await bound.UntilEndPoints("127.0.0.1:1");

        Write("web", "127.0.0.1 2\n127.0.0.1 eighty\n");
        await PollUntil(() => _namer.Problems.Length == 1);

        Assert.Contains($"{In("web")}:2: 'eighty' is no port", _namer.Problems[0], StringComparison.Ordinal);
        await bound.UntilEndPoints("127.0.0.1:1");

        Write("web", "127.0.0.1 3\n");
        await PollUntil(() => _namer.Problems.IsEmpty);
        await bound.UntilEndPoints("127.0.0.1:3");
    }

    [Fact]
    public async Task MalformedAtFirstReadFailsNamingFileAndLine()
    {
        Write("web", "\n\nnot-an-address\n");

        using INameWatch watch = Lookup("/web");
        var failed = (NameState.Failed)await watch.Until(state => state is NameState.Failed);

        Assert.StartsWith($"{In("web")}:3: expected 'host port'", failed.Reason, StringComparison.Ordinal);
        Write("web", "127.0.0.1 1\n");
        _time.Advance(_poll);
        await (await watch.Destination()).UntilEndPoints("127.0.0.1:1");
    }

    [Fact]
    public async Task EmptyFileIsAKnownEmptySet()
    {
        Write("web", "# nobody\n");

        using INameWatch watch = Lookup("/web");
        BoundName bound = await watch.Destination();

        Assert.Equal(AddressState.Known.Nothing, await bound.Addresses.Until(state => state is AddressState.Known));
    }

    [Fact]
    public async Task EmptiedFileIsBelievedWhenItStaysEmpty()
    {
        Write("web", "127.0.0.1 1\n");
        using INameWatch watch = Lookup("/web");
        BoundName bound = await watch.Destination();
        await bound.UntilEndPoints("127.0.0.1:1");

        Write("web", "");
        await PollUntil(() => bound.Addresses.Current.IsKnownEmpty);

        Assert.Equal(AddressState.Known.Nothing, bound.Addresses.Current);
    }

    [Fact]
    public async Task DeletedFileIsNegForTheNameAndForItsAddresses()
    {
        Write("web", "127.0.0.1 1\n");
        using INameWatch watch = Lookup("/web");
        BoundName bound = await watch.Destination();
        using IDisposable listening = bound.Addresses.OnChange(() => { });
        await bound.UntilEndPoints("127.0.0.1:1");

        File.Delete(In("web"));
        _time.Advance(_poll);

        await watch.Until(IsNeg);
        await bound.Addresses.Until(state => state is AddressState.Neg);
        Write("web", "127.0.0.1 2\n");
        _time.Advance(_poll);
        Assert.Same(bound, await watch.Destination());
        await bound.UntilEndPoints("127.0.0.1:2");
    }

    [Fact]
    public async Task GivesOneDestinationToAllWhoseNamesLeadThere()
    {
        Write("web", "127.0.0.1 1\n");

        using INameWatch one = Lookup("/web/a");
        using INameWatch other = Lookup("/web/b");

        Assert.Same(await one.Destination(), await other.Destination());
    }

    [Fact]
    public async Task ResolvesHostNamesLive()
    {
        _dns.Hosts["app.test"] = FakeDns.At("10.0.0.1");
        Write("web", "app.test 80\n127.0.0.1 81\nnobody.test 82\n");
        using INameWatch watch = Lookup("/web");
        BoundName bound = await watch.Destination();
        await bound.UntilEndPoints("10.0.0.1:80", "127.0.0.1:81");

        _dns.Hosts["app.test"] = FakeDns.At("10.0.0.2", "10.0.0.3");
        _time.Advance(HostTable.DefaultRefresh);

        await bound.UntilEndPoints("10.0.0.2:80", "10.0.0.3:80", "127.0.0.1:81");
        await PollUntil(() => _namer.Problems.Any(problem => problem.EndsWith(":3: DNS knows no host nobody.test", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task HearsFromTheOperatingSystemWithoutPolling()
    {
        var options = new FsNamerOptions { RootDirectory = _root.FullName, PollInterval = TimeSpan.FromHours(1) };
        using var namer = new FsNamer(options, _hosts, TimeProvider.System);
        using INameWatch watch = namer.Lookup(Names.Path.Parse("/web"));
        await watch.Until(IsNeg);

        Write("web", "127.0.0.1 1\n");

        await (await watch.Destination()).UntilEndPoints("127.0.0.1:1");
    }

    [Theory]
    [InlineData("127.0.0.1", "there is no port")]
    [InlineData("127.0.0.1 0", "'0' is no port")]
    [InlineData("127.0.0.1 65536", "'65536' is no port")]
    [InlineData("127.0.0.1 80 90", "'80 90' is no port")]
    [InlineData("127.0.0.1:80 80 81", "'80 81' is no port")]
    [InlineData("127.0.0.1 80 *", "'' is no weight")]
    [InlineData("127.0.0.1 80 * 0", "'0' is no weight")]
    [InlineData("127.0.0.1 80 * -1", "'-1' is no weight")]
    [InlineData("127.0.0.1 80 * NaN", "'NaN' is no weight")]
    [InlineData("ho$t 80", "'ho$t' is neither")]
    [InlineData("\u0000\u0001 80", "'??' is neither")]
    public void RefusesBadLinesWithTheirNumber(string line, string problem)
    {
        Assert.False(AddressFile.TryParse(System.Text.Encoding.UTF8.GetBytes("# one\n" + line), out _, out string found));

        Assert.StartsWith("2: ", found, StringComparison.Ordinal);
        Assert.Contains(problem, found, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesTooManyAddresses()
    {
        string text = string.Concat(Enumerable.Repeat("127.0.0.1 80\n", AddressFile.MaxAddresses + 1));

        Assert.False(AddressFile.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out _, out string problem));

        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{AddressFile.MaxAddresses + 1}: more than {AddressFile.MaxAddresses} addresses"), problem);
    }

    [Fact]
    public async Task RefusesTooLargeFiles()
    {
        File.WriteAllBytes(In("web"), new byte[AddressFile.MaxBytes + 1]);

        using INameWatch watch = Lookup("/web");
        var failed = (NameState.Failed)await watch.Until(state => state is NameState.Failed);

        Assert.Contains("larger than", failed.Reason, StringComparison.Ordinal);
    }

    private static bool IsNeg(NameState state) => state == NameState.Resolved.Neg;

    private INameWatch Lookup(string path) => _namer.Lookup(Names.Path.Parse(path));

    private string In(string name) => System.IO.Path.Combine(_root.FullName, name);

    private void Write(string name, string text) => File.WriteAllText(In(name), text);

    /// <summary>Polls as often as it takes: a scan runs on the pool, and tells nobody when it found nothing new.</summary>
    private async Task PollUntil(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(Live.Patience);
        while (!holds())
        {
            patience.Token.ThrowIfCancellationRequested();
            _time.Advance(_poll);
            await Task.Yield();
        }
    }
}
