using System.Collections.Concurrent;
using System.Diagnostics;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Namers.Fs;
using Mesh.Discovery.Names;
using Mesh.Tests.Kit;
using Xunit;
using Names = Mesh.Discovery.Names;

namespace Mesh.Tests.Discovery;

/// <summary>What an operator sees of the file namer: state, names, log lines; and the files that must not hold it up.</summary>
public sealed class FsAdminTests : IDisposable
{
    private static readonly TimeSpan _poll = TimeSpan.FromSeconds(1);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("mesh-fs-admin-");
    private readonly FakeTime _time = new();
    private readonly HostTable _hosts;
    private readonly ConcurrentQueue<string> _reports = new();
    private readonly FsNamer _namer;

    public FsAdminTests()
    {
        _hosts = new HostTable(new FakeDns(), _time);
        var options = new FsNamerOptions
        {
            RootDirectory = _root.FullName,
            UseNotification = false,
            PollInterval = _poll,
            Report = _reports.Enqueue,
        };
        _namer = new FsNamer(options, _hosts, _time);
    }

    public void Dispose()
    {
        _namer.Dispose();
        _hosts.Dispose();
        _root.Delete(recursive: true);
    }

    [Fact]
    public async Task TellsTheStateOfEachWatchedName()
    {
        DateTimeOffset start = _time.GetUtcNow();
        Write("web", "127.0.0.1 1\n127.0.0.1 2\n");
        Write("bad", "nonsense\n");
        using INameWatch web = Lookup("/web/rest");
        using INameWatch bad = Lookup("/bad");
        using INameWatch none = Lookup("/none");
        await (await web.Destination()).UntilEndPoints("127.0.0.1:1", "127.0.0.1:2");
        await bad.Until(state => state is NameState.Failed);
        await none.Until(state => state == NameState.Resolved.Neg);

        Assert.Equal(
            [
                ("/#/io.l5d.fs/bad", NameStatus.Failed, start, 0),
                ("/#/io.l5d.fs/none", NameStatus.Neg, start, 0),
                ("/#/io.l5d.fs/web/rest", NameStatus.Bound, start, 2),
            ],
            _namer.Status.Select(each => (each.Name.ToString(), each.State, each.Since, each.Addresses.Length)));
        Assert.Contains("bad:1: ", _namer.Status[0].Problem, StringComparison.Ordinal);

        Write("web", "127.0.0.1 3\n");
        _time.Advance(_poll);
        await (await web.Destination()).UntilEndPoints("127.0.0.1:3");
        Write("web", "oops\n");
        await PollUntil(() => _namer.Status[2].Problem.Contains("web:1: ", StringComparison.Ordinal));
        Assert.Equal((NameStatus.Bound, start + _poll, 1), (_namer.Status[2].State, _namer.Status[2].Since, _namer.Status[2].Addresses.Length));
    }

    [Fact]
    public async Task ListsItsFilesAsNames()
    {
        _root.CreateSubdirectory("team");
        _root.CreateSubdirectory("..v1");
        Write("web", "");
        Write("team/a b", "");
        Write("..v1/web", "");
        Write(".web.swp", "");
        File.CreateSymbolicLink(In("link"), "web");
        File.CreateSymbolicLink(In("dead"), "nowhere");
        File.CreateSymbolicLink(In("circle"), ".");

        Assert.Equal(
            ["/#/io.l5d.fs/link", @"/#/io.l5d.fs/team/\x61\x20\x62", "/#/io.l5d.fs/web"],
            (await _namer.ListNamesAsync(CancellationToken.None)).Select(name => name.ToString()));
    }

    [Fact]
    public async Task ListsNothingWhereThereIsNoDirectory()
    {
        using var namer = new FsNamer(new FsNamerOptions { RootDirectory = In("nowhere"), UseNotification = false }, _hosts, _time);

        Assert.Empty(await namer.ListNamesAsync(CancellationToken.None));
    }

    [Fact]
    public async Task ReportsAProblemOnce_ThoughTheNameIsAskedForAgainAndAgain()
    {
        Write("bad", "nonsense\n");
        for (int i = 0; i < 5; i++)
        {
            using (INameWatch watch = Lookup("/bad")) await watch.Until(state => state is NameState.Failed);
            _time.Advance(_poll);
            // Answered by the scan that forgets the bad file, or by a later one.
            using INameWatch next = Lookup($"/none{i}");
            await next.Until(state => state == NameState.Resolved.Neg);
        }

        Assert.Single(_reports);
    }

    [Fact]
    public void AProblemIsNewsAgain_WhenItWasAwayForAMinute()
    {
        var fresh = new FreshProblems(_time);
        Assert.Equal(["a", "b"], fresh.Among(["a", "b"]));
        Assert.Empty(fresh.Among(["a"]));

        _time.Advance(FreshProblems.Quiet);
        Assert.Equal(["c"], fresh.Among(["b", "c"]));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(["a"], fresh.Among(["a", "b"]));
    }

    [Fact]
    public void ProblemsAreRememberedInBounds()
    {
        var fresh = new FreshProblems(_time);
        string[] many = [.. Enumerable.Range(0, FreshProblems.MaxRemembered + 10).Select(i => $"p{i}")];

        Assert.Equal(FreshProblems.MaxRemembered, fresh.Among(many).Count);
        Assert.Empty(fresh.Among(many));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(["new"], fresh.Among(["new"]));
        Assert.Empty(fresh.Among(["new"]));
    }

    [Fact]
    public async Task ALinkToAPipeHoldsNobodyUp()
    {
        if (!OperatingSystem.IsLinux()) return;
        string pipe = In("pipe");
        using (Process made = Process.Start("mkfifo", [pipe])) await made.WaitForExitAsync().WaitAsync(Live.Patience);
        File.CreateSymbolicLink(In("link"), "pipe");
        Write("web", "127.0.0.1 1\n");

        using INameWatch link = Lookup("/link");
        using INameWatch web = Lookup("/web");

        await (await web.Destination()).UntilEndPoints("127.0.0.1:1");
        await (await link.Destination()).Addresses.Until(state => state.IsKnownEmpty);
    }

    [Fact]
    public void LinksAreWalkedAsTheSystemDoes()
    {
        _root.CreateSubdirectory("a/b");
        Write("a/file", "");
        File.CreateSymbolicLink(In("dir"), System.IO.Path.Combine("a", "b"));
        File.CreateSymbolicLink(In("a/b/up"), System.IO.Path.Combine("..", "file"));
        File.CreateSymbolicLink(In("circle"), "circle");
        string real = RealPath.Of(_root.FullName);

        Assert.Equal(System.IO.Path.Combine(real, "a", "file"), RealPath.Of(In("dir/up")));
        Assert.Throws<IOException>(() => RealPath.Of(In("circle")));
    }

    private INameWatch Lookup(string path) => _namer.Lookup(Names.Path.Parse(path));

    private string In(string name) => System.IO.Path.Combine(_root.FullName, name);

    private void Write(string name, string text) => File.WriteAllText(In(name), text);

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
