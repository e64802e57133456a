using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Mesh.Node.Hosting;
using Mesh.Tests.Discovery;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.Hosting;

/// <summary>The config's list of namers, replaced while names are watched.</summary>
public sealed class NamerSetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-namers-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void EqualList_LeavesTheTableAsItIs()
    {
        using NamerSet set = SetOf(Files("a"));
        NamerTable before = set.Table;

        ImmutableArray<HeldNamer> left = set.Replace([Files("a")]);

        Assert.Same(before, set.Table);
        Assert.Empty(left);
    }

    [Fact]
    public void WhatIsWrittenAsBefore_IsKept_AndTheRestComesAndGoes()
    {
        using NamerSet set = SetOf(Files("a"), Files("b"));
        INamer[] before = [.. set.Table.Namers];

        ImmutableArray<HeldNamer> left = set.Replace([Files("c"), Files("a")]);

        Assert.Contains(set.Table.Namers, namer => ReferenceEquals(namer, before.Single(each => each.Prefix.Equals(Path.Parse("/#/a")))));
        Assert.Equal(Path.Parse("/#/b"), Assert.Single(left).Prefix);
        Assert.Equal(["/#/a", "/#/c", "/$"], set.Table.Namers.Select(namer => namer.Prefix.ToString()));
    }

    [Fact]
    public void NamerWhosePathLeadsThroughOthers_IsMadeAnew_WithThem()
    {
        RewriteNamerConfig through = new("r", [new ConstTransformerConfig("k", "/#/a/x")], "/{name}", "/#/a/{name}");
        using NamerSet set = SetOf(Files("a"), through);

        ImmutableArray<HeldNamer> left = set.Replace([Files("b"), through]);

        Assert.Equal(2, left.Length);
    }

    [Fact]
    public void RetiredNamer_ServesWhoWatchesIt_UntilTheLastOneGoes()
    {
        int ended = 0;
        HeldNamer held = new(Files("a"), new Silent(), [new Ending(() => ended++)]);
        INameWatch one = held.Lookup(Path.Of("x"));
        INameWatch other = held.Lookup(Path.Of("y"));

        held.Retire();
        held.Retire();
        one.Dispose();
        one.Dispose();
        int whileWatched = ended;
        other.Dispose();

        Assert.Equal((0, 1), (whileWatched, ended));
    }

    [Fact]
    public void EndedNamer_IsAskedByNobody_AndEndsOnce()
    {
        int ended = 0;
        HeldNamer held = new(Files("a"), new Silent(NameState.Resolved.Neg), [new Ending(() => ended++)]);
        held.Retire();

        using (INameWatch late = held.Lookup(Path.Of("x"))) Assert.Same(NameState.Pending.Instance, late.Current);

        Assert.Equal(1, ended);
    }

    [Fact]
    public async Task Transformers_ChangeWhatTheirNamerFinds()
    {
        File.WriteAllText(System.IO.Path.Combine(_folder, "web"), "127.0.0.1 80\n");
        FsNamerConfig files = new("a", [new PortTransformerConfig("p", 4141)], _folder);
        RewriteNamerConfig rewrite = new("r", [], "/{name}/{version}", "/#/a/{name}");
        using NamerSet set = SetOf(files, rewrite);

        using INameWatch found = set.Table.Lookup(Path.Parse("/#/a/web"));
        using INameWatch rewritten = set.Table.Lookup(Path.Parse("/#/r/web/v1"));
        BoundName name = await found.Destination();

        Assert.Equal("/%/p/#/a/web", name.Id.ToString());
        await name.UntilEndPoints("127.0.0.1:4141");
        Assert.Equal(new NameState.Resolved(NameTree.Leaf<Name>(new Name.Unbound(Path.Parse("/#/a/web")))), rewritten.Current);
    }

    private static NamerSet SetOf(params NamerConfig[] configs) =>
        new([.. configs], new FakeDns(), new NodeLog(TextWriter.Null, TimeProvider.System), TimeProvider.System);

    private FsNamerConfig Files(string prefix) => new(prefix, [], _folder);

    private sealed class Silent(NameState? answer = null) : INamer
    {
        public Path Prefix => Path.Parse("/#/a");

        public INameWatch Lookup(Path residual) => new FixedNameWatch(answer ?? NameState.Pending.Instance);
    }

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
