using System.Collections.Concurrent;
using System.Net;
using Mesh.Discovery.Names;
using Mesh.Discovery.Transformers;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Discovery;

/// <summary>The transformers that put a path in the place of what was found (const, replace), and namers that are transformed.</summary>
public sealed class PathTransformerTests
{
    private static readonly NameState _missing = NameState.Resolved.Neg;

    private readonly OpenNamer _world = new();
    private readonly BoundName _found = Destination("/#/found");

    [Fact]
    public async Task ConstBecomesThePath_WhateverWasFound()
    {
        BoundName there = Destination("/$/inet/10.0.0.1/80");
        _world.Answer("/$/inet/10.0.0.1/80/rest").Set(NameState.Resolved.To(there, Path.Parse("/rest")));
        using var transformer = new ConstTransformer(Path.Parse("/io.l5d.const"), Path.Parse("/$/inet/10.0.0.1/80/rest"), _world.Lookup);

        foreach (string tree in new[] { "~", "!", "$", "/#/found" })
        {
            Name.Bound bound = Leaf(await Applied(transformer, tree));
            Assert.Equal("/%/io.l5d.const/$/inet/10.0.0.1/80/rest", bound.Destination.Id.ToString());
            Assert.Equal("/rest", bound.Residual.ToString());
            Assert.Same(there.Addresses, bound.Destination.Addresses);
            Assert.Same(Leaf(await Applied(transformer, tree)).Destination, bound.Destination);
        }
    }

    [Fact]
    public async Task ReplacePutsThePathWhereADestinationWas_AndNowhereElse()
    {
        _world.Answer("/to").Set(NameState.Resolved.To(Destination("/to"), Path.Empty));
        using var transformer = new ReplaceTransformer(Path.Parse("/io.l5d.replace"), Path.Parse("/to"), _world.Lookup);

        Assert.Equal("/%/io.l5d.replace/to", (await Applied(transformer, "/#/found")).ToString());
        Assert.Equal("~", (await Applied(transformer, "~")).ToString());
        Assert.Equal("!", (await Applied(transformer, "!")).ToString());
        Assert.Equal("$", (await Applied(transformer, "$")).ToString());
        Assert.Equal(
            "0.50*/%/io.l5d.replace/to & $ | /%/io.l5d.replace/to",
            (await Applied(transformer, "union")).ToString());
    }

    [Fact]
    public void ReplaceNeedNotWait_WhereThereIsNothingToReplace()
    {
        _world.Answer("/to").Set(NameState.Pending.Instance);
        using var transformer = new ReplaceTransformer(Path.Parse("/r"), Path.Parse("/to"), _world.Lookup);

        Assert.IsType<BoundTree.Known>(transformer.Apply(Tree("~")));
        Assert.IsType<BoundTree.Pending>(transformer.Apply(Tree("/#/found")));
    }

    [Fact]
    public async Task FollowsThePathThroughNamers_Live()
    {
        _world.Answer("/a").Set(To("/b"));
        _world.Answer("/b").Set(_missing);
        using var transformer = new ConstTransformer(Path.Parse("/c"), Path.Parse("/a"), _world.Lookup);
        Assert.Equal("~", (await Applied(transformer, "/#/found")).ToString());

        BoundTree before = transformer.Apply(Tree("~"));
        Task<BoundTree> changed = Next(transformer, before);
        _world.Answer("/b").Set(NameState.Resolved.To(Destination("/b"), Path.Empty));
        Assert.Equal("/%/c/a", ((BoundTree.Known)await changed).Tree.ToString());

        changed = Next(transformer, transformer.Apply(Tree("~")));
        _world.Answer("/a").Set(new NameState.Failed("out of order"));
        Assert.Equal(new BoundTree.Failed("out of order"), await changed);
        Assert.Equal("/%/c/a: out of order", transformer.Problem);
        await _world.UntilWatched("/a");
    }

    [Fact]
    public async Task TellsSeveralDestinationsApart()
    {
        NameTree<Name> one = NameTree.Leaf<Name>(new Name.Bound(Destination("/one"), Path.Empty));
        NameTree<Name> other = NameTree.Leaf<Name>(new Name.Bound(Destination("/other"), Path.Empty));
        NameTree<Name> nothing = new NameTree<Name>.Neg();
        _world.Answer("/to").Set(new NameState.Resolved(new NameTree<Name>.Alt([nothing, new NameTree<Name>.Union([new(1, one), new(1, other)])])));
        using var transformer = new ConstTransformer(Path.Parse("/c"), Path.Parse("/to"), _world.Lookup);

        Assert.Equal("/%/c/one & /%/c/other", (await Applied(transformer, "~")).ToString());
    }

    [Fact]
    public async Task EndsWhereThePathsLeadInCircles()
    {
        _world.Answer("/a").Set(To("/a"));
        using var transformer = new ConstTransformer(Path.Parse("/c"), Path.Parse("/a"), _world.Lookup);

        BoundTree tree = await Next(transformer, BoundTree.Pending.Instance);

        Assert.Equal(new BoundTree.Failed("/a: Max recursion level: 100 reached in Namer lookup"), tree);
    }

    [Fact]
    public async Task LetsGoOfItsNames_WhenItIsDisposed()
    {
        _world.Answer("/a").Set(To("/b"));
        _world.Answer("/b").Set(_missing);
        var transformer = new ConstTransformer(Path.Parse("/c"), Path.Parse("/a"), _world.Lookup);
        await Applied(transformer, "~");

        transformer.Dispose();

        await _world.UntilWatched();
    }

    [Fact]
    public async Task ANamerMayBeReplacedByItself_AndWaitsThenForEver()
    {
        NamerTable? table = null;
        var transformer = new ConstTransformer(Path.Parse("/c"), Path.Parse("/#/open/a"), path => table!.Lookup(path));
        _world.Answer("/a").Set(_missing);
        table = new NamerTable([new TransformedNamer(_world, [transformer])]);

        using INameWatch watch = table.Lookup(Path.Parse("/#/open/x"));
        using IDisposable subscription = watch.OnChange(() => { });
        Assert.IsType<NameState.Pending>(watch.Current);
        await _world.UntilWatched("/a", "/x");

        Assert.IsType<NameState.Pending>(watch.Current);
        transformer.Dispose();
    }

    [Fact]
    public void ATransformedNamer_ChangesWhatIsBound_AndNothingElse()
    {
        using var port = new PortTransformer(PortTransformer.DefaultPrefix(4141), 4141);
        var namer = new TransformedNamer(_world, [port]);
        using INameWatch watch = namer.Lookup(Path.Parse("/x"));
        int changes = 0;
        using IDisposable subscription = watch.OnChange(() => changes++);
        Assert.Equal(_world.Prefix, namer.Prefix);

        NameState[] untouched = [NameState.Pending.Instance, new NameState.Failed("why"), To("/y"), _missing];
        foreach (NameState state in untouched)
        {
            _world.Answer("/x").Set(state);
            Assert.Equal(state, watch.Current);
        }

        NameTree<Name> bound = NameTree.Leaf<Name>(new Name.Bound(_found, Path.Parse("/rest")));
        _world.Answer("/x").Set(new NameState.Resolved(bound));
        Assert.Equal(NameState.Resolved.To(port.Map(_found), Path.Parse("/rest")), watch.Current);
        _world.Answer("/x").Set(new NameState.Resolved(new NameTree<Name>.Alt([bound, NameTree.Leaf<Name>(new Name.Unbound(Path.Parse("/y")))])));
        Assert.Equal("/#/found | /y", ((NameState.Resolved)watch.Current).Tree.ToString());
        Assert.Equal(6, changes);
    }

    [Fact]
    public async Task ATransformedNamer_TellsWhenItsReplacementChanges()
    {
        _world.Answer("/to").Set(_missing);
        using var transformer = new ReplaceTransformer(Path.Parse("/r"), Path.Parse("/to"), _world.Lookup);
        _world.Answer("/x").Set(NameState.Resolved.To(_found, Path.Empty));
        using INameWatch watch = new TransformedNamer(_world, [transformer]).Lookup(Path.Parse("/x"));
        await watch.Until(state => state == _missing);

        _world.Answer("/to").Set(NameState.Resolved.To(Destination("/to"), Path.Empty));

        Assert.Equal("/%/r/to", (await watch.Destination()).Id.ToString());
    }

    private static BoundName Destination(string id) =>
        new(Path.Parse(id), new LiveValue<AddressState>(new AddressState.Known([new(new IPEndPoint(IPAddress.Loopback, 1), 1)])));

    private static NameState.Resolved To(string path) => new(NameTree.Leaf<Name>(new Name.Unbound(Path.Parse(path))));

    private static Name.Bound Leaf(NameTree<Name.Bound> tree) => Assert.IsType<NameTree<Name.Bound>.Leaf>(tree).Value;

    private static async Task<BoundTree> Next(Transformer transformer, BoundTree than)
    {
        var reached = new TaskCompletionSource<BoundTree>(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable subscription = transformer.OnChange(Check);
        Check();
        return await reached.Task.WaitAsync(Live.Patience);

        void Check()
        {
            BoundTree tree = transformer.Apply(new NameTree<Name.Bound>.Neg());
            if (tree != than) reached.TrySetResult(tree);
        }
    }

    private async Task<NameTree<Name.Bound>> Applied(Transformer transformer, string tree)
    {
        var reached = new TaskCompletionSource<NameTree<Name.Bound>>(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable subscription = transformer.OnChange(Check);
        Check();
        return await reached.Task.WaitAsync(Live.Patience);

        void Check()
        {
            if (transformer.Apply(Tree(tree)) is BoundTree.Known known) reached.TrySetResult(known.Tree);
        }
    }

    private NameTree<Name.Bound> Tree(string text)
    {
        NameTree<Name.Bound> leaf = NameTree.Leaf(new Name.Bound(_found, Path.Parse("/residual")));
        NameTree<Name.Bound> empty = new NameTree<Name.Bound>.Empty();
        return text switch
        {
            "~" => new NameTree<Name.Bound>.Neg(),
            "!" => new NameTree<Name.Bound>.Fail(),
            "$" => empty,
            "union" => new NameTree<Name.Bound>.Alt([new NameTree<Name.Bound>.Union([new(0.5, leaf), new(1, empty)]), leaf]),
            _ => leaf,
        };
    }

    /// <summary>A namer whose answers the test sets, and who knows what is being watched.</summary>
    private sealed class OpenNamer : INamer
    {
        private readonly ConcurrentDictionary<string, LiveValue<NameState>> _answers = new();
        private readonly LiveValue<string> _watched = new("");
        private readonly List<string> _watching = [];

        public Path Prefix { get; } = Path.Parse("/#/open");

        public LiveValue<NameState> Answer(string path) => _answers.GetOrAdd(path, _ => new LiveValue<NameState>(NameState.Resolved.Neg));

        public INameWatch Lookup(Path residual)
        {
            string path = residual.ToString();
            Note(() => _watching.Add(path));
            return new Watch(Answer(path), () => Note(() => _watching.Remove(path)));
        }

        public Task<string> UntilWatched(params string[] paths) => _watched.Until(all => all == string.Join(' ', paths));

        private void Note(Action change)
        {
            string all;
            lock (_watching)
            {
                change();
                all = string.Join(' ', _watching.Order(StringComparer.Ordinal));
            }
            _watched.Set(all);
        }

        private sealed class Watch(LiveValue<NameState> answer, Action release) : INameWatch
        {
            public NameState Current => answer.Current;

            public IDisposable OnChange(Action changed) => answer.OnChange(changed);

            public void Dispose() => release();
        }
    }
}
