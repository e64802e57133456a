using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Dtabs;

/// <summary>
/// What finagle's and Linkerd's own tests say of names, one row a case, in our words: whoever brings a dtab gets what it meant there. Sources:
/// finagle's NameTreeTest, NameTreeParsersTest, DtabTest, PathTest, NamerTest, DefaultInterpreterTest; Linkerd's ConfiguredDtabNamerTest.
/// The delegation trees are in <see cref="DelegatorTests"/>.
/// </summary>
public sealed class LinkerdCasesTests
{
    private readonly FakeNamers _namers = new();

    [Theory]
    [InlineData("/", "/")]
    [InlineData("  /foo/bar  ", "/foo/bar")]
    [InlineData("/foo/bar", "/foo/bar")]
    [InlineData(@"/\x66\x6f\x6F", "/foo")]
    [InlineData(@"/\xe2\x98\x83", @"/\xe2\x98\x83")]
    [InlineData(@"/\xFF", @"/\xff")]
    [InlineData(@"/a\x20b/c", @"/\x61\x20\x62/c")]
    [InlineData("/#/io.l5d.fs", "/#/io.l5d.fs")]
    [InlineData("/a:1/b_c/%/$/-/.", "/a:1/b_c/%/$/-/.")]
    [InlineData("/foo # not a part of it", "/foo")]
    [InlineData("# before\n/foo", "/foo")]
    public void PathsRead(string text, string canonical) => Assert.Equal(canonical, Path.Parse(text).ToString());

    [Theory]
    [InlineData("", "'[]'")]
    [InlineData("/foo/bar/", "'/foo/bar/[]'")]
    [InlineData("/{}", "'/[{]}'")]
    [InlineData(@"/\?", @"'/\[?]'")]
    [InlineData(@"/\x?", @"'/\x[?]'")]
    [InlineData(@"/\x0?", @"'/\x0[?]'")]
    [InlineData("/foo^bar", "'/foo[^]bar'")]
    [InlineData("//", "'/[/]'")]
    [InlineData("/a//b", "'/a/[/]b'")]
    [InlineData("/a b", "'/a [b]'")]
    [InlineData("/é", @"'/[\u00e9]'")]
    [InlineData("/*", "'/[*]'")]
    [InlineData("foo", "'[f]oo'")]
    public void WhatIsNoPath_IsShownAtItsCharacter(string text, string marked)
    {
        Assert.False(Path.TryParse(text, out _, out SyntaxError? error));

        Assert.Contains(marked, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("! | ~ | $", "! | ~ | $")]
    [InlineData("/foo/bar", "/foo/bar")]
    [InlineData("  /foo & /bar  ", "/foo & /bar")]
    [InlineData("  /foo | /bar  ", "/foo | /bar")]
    [InlineData("/foo & /bar | /bar & /baz", "/foo & /bar | /bar & /baz")]
    [InlineData("1 * /foo & 2 * /bar | .5 * /bar & .5 * /baz", "/foo & 2.00*/bar | 0.50*/bar & 0.50*/baz")]
    [InlineData("1.*/a & 1*/b", "/a & /b")]
    [InlineData("0.00*/a & 0*/b", "0.00*/a & 0.00*/b")]
    [InlineData("(/a | /b) & (/c & /d)", "(/a | /b) & (/c & /d)")]
    [InlineData("((((/a))))", "/a")]
    [InlineData("/ | /", "/ | /")]
    [InlineData("/a#b", "/a#b")]
    [InlineData("/a # b", "/a")]
    public void TreesRead(string text, string canonical)
    {
        Assert.True(DtabParser.TryParseTree(text, out NameTree<Path>? tree, out SyntaxError? error), error?.ToString());

        Assert.Equal(canonical, tree.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("#")]
    [InlineData("/foo &")]
    [InlineData("/foo & 0.1.2 * /bar")]
    [InlineData("/foo & . * /bar")]
    [InlineData("/foo |")]
    [InlineData("1 /a")]
    [InlineData("2*3*/a")]
    [InlineData("-1*/a & /b")]
    [InlineData("(/a")]
    [InlineData("/a)")]
    [InlineData("~~")]
    public void WhatIsNoTree_IsRefused(string text) => Assert.False(DtabParser.TryParseTree(text, out _, out _));

    [Theory]
    [InlineData("/=>!", "/=>!")]
    [InlineData("/ => !", "/=>!")]
    [InlineData("/foo/*/bar => !", "/foo/*/bar=>!")]
    [InlineData("/foo/bar/baz => !", "/foo/bar/baz=>!")]
    [InlineData("/*=>~", "/*=>~")]
    [InlineData("/foo/*bar/baz => !", null)]
    [InlineData("/foo* => !", null)]
    [InlineData("/&!", null)]
    [InlineData("/a = > /b", null)]
    [InlineData("/a/ => /b", null)]
    public void DentriesRead(string text, string? canonical)
    {
        bool read = DtabParser.TryParseDentry(text, out Dentry? dentry, out _);

        Assert.Equal((canonical is not null, canonical), (read, dentry?.ToString()));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("  /=>!  ", "/=>!")]
    [InlineData("/=>!;", "/=>!")]
    [InlineData("/=>!;/foo=>/bar", "/=>!;/foo=>/bar")]
    [InlineData("\n /b => /c;\n /a => /b;\n ", "/b=>/c;/a=>/b")]
    [InlineData(
        "# first\n/#foo => /biz # second\n | ( /bliz & # third\n /bluth ) # fourth\n ; # last\n#/ignored=>/me;\n",
        "/#foo=>/biz | /bliz & /bluth")]
    [InlineData("/a=>/b;;", null)]
    [InlineData(";/a=>/b", null)]
    [InlineData("/a=>/b,/c=>/d", null)]
    public void DtabsRead(string text, string? canonical)
    {
        bool read = Dtab.TryParse(text, out Dtab? dtab, out _);

        Assert.Equal((canonical is not null, canonical), (read, dtab?.ToString()));
    }

    [Theory]
    [InlineData("/foo => /bar", "/foo=>/biz;/biz=>/$/inet/8080", "/foo=>/bar;/foo=>/biz;/biz=>/$/inet/8080")]
    [InlineData("/foo=>/bar;/biz=>/baz", "", "/foo=>/bar;/biz=>/baz")]
    [InlineData("", "/foo=>/bar", "/foo=>/bar")]
    public void DtabsJoin(string head, string tail, string joined) => Assert.Equal(joined, (Dtab.Parse(head) + Dtab.Parse(tail)).ToString());

    [Theory]
    [InlineData("/a/*/c => /d", "/a/b/c/e/f", "/d/e/f")]
    [InlineData("/a/*/c => /d", "/a/b/d", "~")]
    [InlineData("/a => /b ; /a/x => /c", "/a/x/y", "/c/y | /b/x/y")]
    [InlineData("/a/x => /c ; /a => /b", "/a/x/y", "/b/x/y | /c/y")]
    public void OneStepIsLookedUp(string dtab, string path, string tree) => Assert.Equal(tree, Dtab.Parse(dtab).Lookup(Path.Parse(path)).ToString());

    /// <summary>Each word of the tree has an address; what serves is the set of words, null that there is none to serve.</summary>
    [Theory]
    [InlineData("~", null)]
    [InlineData("/ok", "ok")]
    [InlineData("/ok & /ok1", "ok ok1")]
    [InlineData("/ok & ~ & /blah & $", "ok blah")]
    [InlineData("$ & $ & $", "")]
    [InlineData("~ & ~ & (~ | ~)", null)]
    [InlineData("~ | /foo | /bar", "foo")]
    [InlineData("~ | $ | /blah", "")]
    [InlineData("~ | (~ | $) | /blah", "")]
    [InlineData("(~|$|/foo) & (/bar|/blah) & ~ & /FOO", "bar FOO")]
    [InlineData("! | /ok", null)]
    [InlineData("/ok & !", "ok")]
    [InlineData("! & ! & !", null)]
    [InlineData("~ | /ok | !", "ok")]
    public void TreesEvaluate(string tree, string? serves)
    {
        BindResult result = NameBinder.Bind(Path.Parse("/tree"), Dtab.Parse($"/tree => {tree}"), Named);

        Assert.Equal(serves, ServesWhat(((BindResult.Resolved)result).Tree));

        static NameState Named(Path path) => path[0] == "tree"
            ? NameState.Resolved.Neg
            : NameState.Resolved.To(new BoundName(path, new LiveValue<AddressState>(FakeNamers.SomeAddress)), Path.Empty);
    }

    [Theory]
    // The default interpreter.
    [InlineData("/foo=>/$/inet/8080", "/foo", "/$/inet/8080")]
    [InlineData("/foo=>/bar;/bar=>/$/inet/8080", "/foo", "/$/inet/8080")]
    [InlineData("/foo=>/bar ; /foo=>/biz;/biz=>/$/inet/8080;/bar=>/$/inet/9090", "/foo", "/$/inet/8080")]
    [InlineData("/foo=>/biz;/biz=>/$/inet/8080;/bar=>/$/inet/9090 ; /foo=>/bar", "/foo", "/$/inet/9090")]
    [InlineData("/foo=>/#/rewrite/x;/x=>/$/inet/7070", "/foo", "/$/inet/7070")]
    [InlineData(
        "/foo => /bar ; /foo => 3 * /baz & 2 * /booz & /#/rewrite/x ; /x => /$/inet/7070 ; /baz => 3 * /$/inet/8080 & 2 * /$/inet/9090 ; /booz => ~",
        "/foo", "3.00*(3.00*/$/inet/8080 & 2.00*/$/inet/9090) & /$/inet/7070")]
    // A namer of a dtab that changes.
    [InlineData("", "/foo/fah", "~")]
    [InlineData("/bar => /#inet/127.1/8080 ; /foo => /bar", "/foo/fah", "/#inet/127.1/8080[/fah]")]
    // Alternatives and their symbols.
    [InlineData("/t => (! | /$/inet/1 | /$/inet/2)", "/t", "!")]
    [InlineData("/t => (~ | /$/fail | /$/inet/1)", "/t", "!")]
    [InlineData("/t => (/$/nil | /$/fail | /$/inet/1)", "/t", "$")]
    // What is built in.
    [InlineData("", "/$/inet/1234", "/$/inet/1234")]
    [InlineData("", "/$/inet/127.0.0.1/1234", "/$/inet/127.0.0.1/1234")]
    [InlineData("", "/$/inet/1234/foobar", "/$/inet/1234[/foobar]")]
    [InlineData("", "/$/inet/127.1/1234/a/b", "/$/inet/127.1/1234[/a/b]")]
    [InlineData("", "/$/inet", "failed")]
    [InlineData("", "/$/fail", "!")]
    [InlineData("", "/$/fail/foo/bar", "!")]
    [InlineData("", "/$/nil", "$")]
    [InlineData("", "/$/nil/foo/bar", "$")]
    [InlineData("", "/$", "~")]
    [InlineData("", "/foo/bar/bah/blah", "~")]
    [InlineData("", "/foo/bar", "~")]
    [InlineData("", "/", "~")]
    // A request's own rules win.
    [InlineData("/s/foo => /$/inet/1234 ; /s/foo => /$/inet/5678", "/s/foo", "/$/inet/5678")]
    // Circles.
    [InlineData("/foo/bar => /bar/foo; /bar/foo => /foo/bar", "/foo/bar", "failed")]
    [InlineData("/s => /s/srv", "/s/foo/bar", "failed")]
    public void NamesBind(string dtab, string path, string bound) => Assert.Equal(bound, Bind(dtab, path, _namers.Lookup));

    /// <summary>What <c>/test/0</c>, <c>/test/1</c> and <c>/test/2</c> answer, and what that makes of the tree.</summary>
    [Theory]
    [InlineData("/test/0 & /test/1", "pending", "pending", "", "pending")]
    [InlineData("/test/0 & /test/1", "/test/2", "pending", "pending", "pending")]
    [InlineData("/test/0 & /test/1", "/test/2", "/$/inet/1", "pending", "/$/inet/1")]
    [InlineData("/test/0 & /test/1", "/test/2", "failed", "pending", "failed")]
    [InlineData("/test/0 & /test/1", "/test/2", "/$/inet/1", "/$/inet/2", "/$/inet/2 & /$/inet/1")]
    [InlineData("/test/0 & /test/1", "/test/2", "/$/inet/1", "~", "/$/inet/1")]
    [InlineData("/test/0 & /test/1", "/test/2", "/$/inet/1", "failed", "/$/inet/1")]
    [InlineData("/test/0 & /test/1", "/test/2", "failed", "failed", "failed")]
    [InlineData("/test/0 & /test/1", "/test/2", "~", "~", "~")]
    [InlineData("/test/0 & /test/1", "/test/2", "$", "~", "$")]
    [InlineData("/test/0 & /test/1", "!", "!", "", "~")]
    [InlineData("/test/0 | /test/1 & /test/2", "pending", "pending", "pending", "pending")]
    [InlineData("/test/0 | /test/1 & /test/2", "$", "~", "~", "$")]
    [InlineData("/test/0 | /test/1 & /test/2", "/$/inet/1", "~", "~", "/$/inet/1")]
    [InlineData("/test/0 | /test/1 & /test/2", "~", "~", "~", "~")]
    [InlineData("/test/0 | /test/1 & /test/2", "~", "~", "/$/inet/2", "/$/inet/2")]
    [InlineData("/test/0 | /test/1 & /test/2", "/$/inet/3", "~", "/$/inet/2", "/$/inet/3")]
    [InlineData("/test/0 | /test/1", "pending", "/$/inet/1", "", "pending")]
    [InlineData("/test/0 | /test/1", "failed", "/$/inet/1", "", "failed")]
    [InlineData("/test/0 | /test/1", "!", "/$/inet/1", "", "!")]
    [InlineData("/test/0 | /test/1", "/$/inet/1", "failed", "", "/$/inet/1")]
    [InlineData("/test/0 | /test/1", "/$/inet/1", "pending", "", "/$/inet/1")]
    public void TreesFollowTheStatesOfTheirNames(string tree, string zero, string one, string two, string bound) =>
        Assert.Equal(bound, Bind($"/t => {tree}", "/t", path => path.Segments.AsSpan() switch
        {
            ["test", "0"] => State(zero),
            ["test", "1"] => State(one),
            ["test", "2"] => State(two),
            _ => _namers.Lookup(path),
        }));

    private static NameState State(string text)
    {
        if (text == "pending") return NameState.Pending.Instance;
        if (text == "failed") return new NameState.Failed("it burns");
        Assert.True(DtabParser.TryParseTree(text, out NameTree<Path>? tree, out _));
        return new NameState.Resolved(tree.Map<Path, Name>(static path => new Name.Unbound(path)));
    }

    private static string Bind(string dtab, string path, Func<Path, NameState> lookup) =>
        NameBinder.Bind(Path.Parse(path), Dtab.Parse(dtab), lookup) switch
        {
            BindResult.Resolved resolved => BoundText.Of(resolved.Tree),
            BindResult.Failed => "failed",
            _ => "pending",
        };

    private static string? ServesWhat(NameTree<Name.Bound> tree) => tree switch
    {
        NameTree<Name.Bound>.Leaf leaf => leaf.Value.Destination.Id[0],
        NameTree<Name.Bound>.Union union =>
            string.Join(' ', union.Branches.Select(static branch => ServesWhat(branch.Tree)).Where(static word => word != "")),
        NameTree<Name.Bound>.Empty => "",
        _ => null,
    };
}
