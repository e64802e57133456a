using System.Text;
using Mesh.Discovery.Names;
using Mesh.Discovery.Transformers;
using Mesh.Routing.Dtabs;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Dtabs;

/// <summary>The tree of all alternatives, in the shape that Linkerd's delegator shows.</summary>
public sealed class DelegatorTests
{
    private const string Rules = """
        /bah/humbug => /$/inet/127.1/8080 ;
        /beh => /#/error ;
        /foo => /bah | /beh | /$/fail ;
        /foo => /bar ;
        /boo => /foo ;
        /meh => /heh ;
        /neg => ~ ;
        """;

    private readonly FakeNamers _namers = new();

    [Fact]
    public void ShowsEveryAlternative_WithTheRuleThatLedThere()
    {
        DelegateTree tree = Delegate(Rules, "/boo/humbug/ya");

        Assert.Equal(
            """
            delegate /boo/humbug/ya
              alt /foo/humbug/ya (/boo=>/foo)
                neg /bar/humbug/ya (/foo=>/bar)
                delegate /bah/humbug/ya (/foo=>/bah | /beh | /$/fail)
                  leaf /$/inet/127.1/8080/ya (/bah/humbug=>/$/inet/127.1/8080) -> /$/inet/127.1/8080[/ya]
                delegate /beh/humbug/ya (/foo=>/bah | /beh | /$/fail)
                  exception /#/error/humbug/ya (/beh=>/#/error): error naming /#/error/humbug/ya
                fail /$/fail/humbug/ya (/foo=>/bah | /beh | /$/fail)
            """,
            TextOf(tree));
    }

    [Theory]
    [InlineData(Rules, "/nope", "neg /nope")]
    [InlineData(Rules, "/meh/hey", "delegate /meh/hey|  neg /heh/hey (/meh=>/heh)")]
    [InlineData(Rules, "/neg", "delegate /neg|  neg ~ (/neg=>~)")]
    [InlineData(Rules, "/beh/x", "delegate /beh/x|  exception /#/error/x (/beh=>/#/error): error naming /#/error/x")]
    [InlineData("/nah => /#/namer", "/nah/bro", "delegate /nah/bro|  leaf /#/namer/bro (/nah=>/#/namer) -> /#/namer[/bro]")]
    [InlineData("/a => !", "/a", "delegate /a|  fail ! (/a=>!)")]
    [InlineData("/a => $", "/a/b", "delegate /a/b|  empty /a/b (/a=>$)")]
    [InlineData("/a => 3 * /b & /$/nil", "/a", "union /a|  3* neg /b (/a=>3.00*/b & /$/nil)|  1* empty /$/nil (/a=>3.00*/b & /$/nil)")]
    [InlineData("/a => /b ; /b => /c | /d", "/a", "delegate /a|  alt /b (/a=>/b)|    neg /c (/b=>/c | /d)|    neg /d (/b=>/c | /d)")]
    [InlineData(
        "/a => /#/rewrite/b ; /b => /$/inet/1",
        "/a",
        "delegate /a|  delegate /#/rewrite/b (/a=>/#/rewrite/b)|  "
        + "  delegate /b (/a=>/#/rewrite/b)|      leaf /$/inet/1 (/b=>/$/inet/1) -> /$/inet/1")]
    public void HasLinkerdsShape(string dtab, string path, string expected) =>
        Assert.Equal(expected.Replace("|  ", "\n  ", StringComparison.Ordinal), TextOf(Delegate(dtab, path)));

    [Fact]
    public void ACircleEndsInAnException_AtTheDepthOfTheBinder()
    {
        DelegateTree tree = Delegate("/a => /b ; /b => /a", "/a");

        string[] lines = TextOf(tree).Split('\n');
        Assert.Equal(NameBinder.MaxDepth + 1, lines.Length);
        Assert.EndsWith(": Max recursion level: 100 reached in Namer lookup", lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/a => /a | /a")]
    [InlineData("/a => /a & /a")]
    public void ATreeThatExplodesIsCutOff(string dtab)
    {
        DelegateTree tree = Delegate(dtab, "/a");

        string text = TextOf(tree);
        Assert.InRange(text.Split('\n').Length, 1, Delegator.MaxNodes + NameBinder.MaxDepth);
        Assert.Contains("more than 1000 nodes", text, StringComparison.Ordinal);
    }

    [Fact]
    public void AWideRuleIsCutOff()
    {
        string dtab = "/a => " + string.Join(" | ", Enumerable.Repeat("/b", 5000));

        DelegateTree tree = Delegate(dtab, "/a");

        Assert.InRange(((DelegateTree.Alt)tree).Trees.Length, 1, Delegator.MaxNodes);
    }

    [Fact]
    public async Task WaitsForWhatIsPending()
    {
        Task<DelegateTree> delegated = Delegator.DelegateAsync(
            Dtab.Parse("/a => /#/wait | /$/inet/1"), Path.Parse("/a"), _namers.Watch, CancellationToken.None);

        Assert.False(delegated.IsCompleted);
        _namers.Tell(NameState.Resolved.Neg);

        DelegateTree tree = await delegated.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(tree.HasPending);
        Assert.StartsWith("alt /a\n  neg /#/wait (", TextOf(tree), StringComparison.Ordinal);
        Assert.Equal(0, _namers.Open);
    }

    [Fact]
    public async Task TellsWhatIsStillPending_WhenTheTimeIsOver()
    {
        using var over = new CancellationTokenSource();
        Task<DelegateTree> delegated =
            Delegator.DelegateAsync(Dtab.Parse("/a => /#/wait | /$/inet/1"), Path.Parse("/a"), _namers.Watch, over.Token);

        await over.CancelAsync();

        DelegateTree tree = await delegated.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(tree.HasPending);
        Assert.StartsWith("alt /a\n  pending /#/wait (", TextOf(tree), StringComparison.Ordinal);
        Assert.Equal(0, _namers.Open);
    }

    [Fact]
    public async Task StopsInTheMidstOfATree_WhenTheTimeIsOver()
    {
        using var over = new CancellationTokenSource();
        int lookups = 0;

        DelegateTree tree = await Delegator.DelegateAsync(Dtab.Parse("/a => /b | /c | /d"), Path.Parse("/a"), Watch, over.Token);

        Assert.True(tree.HasPending);
        Assert.Equal(1, lookups);

        INameWatch Watch(Path path)
        {
            lookups++;
            over.Cancel();
            return _namers.Watch(path);
        }
    }

    [Fact]
    public async Task FollowsDestinationsThroughTransformers()
    {
        using var port = new PortTransformer(PortTransformer.DefaultPrefix(4141), 4141);

        DelegateTree tree = await Delegator.DelegateAsync(
            Dtab.Parse("/a => /$/inet/1 | ~"), Path.Parse("/a/b"), _namers.Watch, [port], CancellationToken.None);

        Assert.Equal(
            """
            alt /a/b
              transformation /$/inet/1/b by /%/io.l5d.port/4141
                leaf /%/io.l5d.port/4141/$/inet/1 (/a=>/$/inet/1 | ~) -> /%/io.l5d.port/4141/$/inet/1[/b]
              neg ~ (/a=>/$/inet/1 | ~)
            """,
            TextOf(tree));
    }

    private static string TextOf(DelegateTree tree)
    {
        var text = new StringBuilder();
        Append(text, tree, 0, "");
        return text.ToString().TrimEnd('\n');
    }

    private static void Append(StringBuilder text, DelegateTree tree, int depth, string weight)
    {
        string type = tree is DelegateTree.Failed ? "exception" : tree.GetType().Name.ToLowerInvariant();
        text.Append(' ', 2 * depth).Append(weight).Append(type).Append(' ').Append(tree.Shown);
        if (tree.Dentry is { } dentry) text.Append(" (").Append(dentry).Append(')');
        if (tree is DelegateTree.Failed failed) text.Append(": ").Append(failed.Message);
        if (tree is DelegateTree.Leaf leaf) text.Append(" -> ").Append(BoundText.Of(NameTree.Leaf(leaf.Bound)));
        if (tree is DelegateTree.Transformation by) text.Append(" by ").Append(by.Name);
        text.Append('\n');
        if (tree is DelegateTree.Transformation changed) Append(text, changed.Tree, depth + 1, "");
        if (tree is DelegateTree.Delegate one) Append(text, one.Tree, depth + 1, "");
        foreach (DelegateTree branch in (tree as DelegateTree.Alt)?.Trees ?? []) Append(text, branch, depth + 1, "");
        foreach (DelegateTree.Weighted branch in (tree as DelegateTree.Union)?.Branches ?? [])
            Append(text, branch.Tree, depth + 1, $"{branch.Weight}* ");
    }

    private DelegateTree Delegate(string dtab, string path) => Delegator.Delegate(Dtab.Parse(dtab), Path.Parse(path), _namers.Lookup);
}
