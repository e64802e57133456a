using FsCheck;
using FsCheck.Fluent;
using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Dtabs;

public sealed class DtabParserTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData(" # nothing\n ", "")]
    [InlineData("/a => /b", "/a=>/b")]
    [InlineData("/a=>/b;", "/a=>/b")]
    [InlineData("/a => /b ; /c => /d ; ", "/a=>/b;/c=>/d")]
    [InlineData("/a => /b # why\n; # and\n /c => /d # last", "/a=>/b;/c=>/d")]
    [InlineData("/svc/* => /#/io.l5d.fs", "/svc/*=>/#/io.l5d.fs")]
    [InlineData("/ => /a", "/=>/a")]
    [InlineData("/a => /b|/c|~", "/a=>/b | /c | ~")]
    [InlineData("/a => 9 * /b & 1 * /c", "/a=>9.00*/b & /c")]
    [InlineData("/a => .5*/b & 0.125*/c & 1.*/d", "/a=>0.50*/b & 0.125*/c & /d")]
    [InlineData("/a => 3*/b", "/a=>/b")]
    [InlineData("/a => 0*/b & 0.*/c & 0.00*/d", "/a=>0.00*/b & 0.00*/c & 0.00*/d")]
    [InlineData("/a => 0.33333333333333333*/b & 0.000*/c", "/a=>0.333333333333333*/b & 0.00*/c")]
    [InlineData("/a => (/b)", "/a=>/b")]
    [InlineData("/a => (/b | /c) & /d | !", "/a=>(/b | /c) & /d | !")]
    [InlineData("/a => ((/b & /c) | (/d | /e))", "/a=>/b & /c | (/d | /e)")]
    [InlineData("/a => $ | ~ | !", "/a=>$ | ~ | !")]
    [InlineData("/svc=>/$/inet/127.1/9999", "/svc=>/$/inet/127.1/9999")]
    [InlineData(@"/\x2a => /\x2A", @"/\x2a=>/\x2a")]
    public void ReadsAndPrintsCanonically(string text, string canonical) => Assert.Equal(canonical, Dtab.Parse(text).ToString());

    [Theory]
    [InlineData(";", 0, "'/' expected but ';' found at '[;]'")]
    [InlineData("/a=>/b;;", 7, "'/' expected but ';' found at '/a=>/b;[;]'")]
    [InlineData("/a=>/b /c=>/d", 7, "';' or end of input expected but '/' found at '/a=>/b [/]c=>/d'")]
    [InlineData("/a=/b", 3, "'>' expected but '/' found at '/a=[/]b'")]
    [InlineData("/a", 2, "'=>' expected but end of input found at '/a[]'")]
    [InlineData("/*bar=>/b", 2, "'=>' expected but 'b' found at '/*[b]ar=>/b'")]
    [InlineData("/a=>", 4, "simple name tree ('/', '(', '!', '~' or '$') expected but end of input")]
    [InlineData("/a=>b", 4, "simple name tree ('/', '(', '!', '~' or '$') expected but 'b' found at '/a=>[b]'")]
    [InlineData("/a=>/b/", 7, "label char expected but end of input")]
    [InlineData("/a=>/b/*", 7, "label char expected but '*'")]
    [InlineData("/a=>(/b", 7, "')' expected but end of input")]
    [InlineData("/a=>.*/b", 5, "digit expected but '*'")]
    [InlineData("/a=>1.2.3*/b", 7, "digit or '*' expected but '.'")]
    [InlineData("/a=>1/b", 5, "'*' expected but '/'")]
    [InlineData("/a=>/b |", 8, "simple name tree")]
    [InlineData("/a=>12345678901234567890123456789*/b", 32, "a weight of at most 28 digits")]
    public void ShowsWhereTheTextIsWrong(string text, int offset, string message)
    {
        Assert.False(Dtab.TryParse(text, out _, out SyntaxError? error));

        Assert.Equal(offset, error.Offset);
        Assert.StartsWith(message, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void TellsLineAndColumn()
    {
        Assert.False(Dtab.TryParse("/a => /b ;\n  /c = /d", out _, out SyntaxError? error));

        Assert.EndsWith("(offset 17, line 2, column 7)", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesDeepNestingAndLongTextInsteadOfFalling()
    {
        Assert.False(Dtab.TryParse("/a=>" + new string('(', 100_000), out _, out SyntaxError? deep));
        Assert.False(Dtab.TryParse(new string(' ', DtabParser.MaxChars + 1), out _, out SyntaxError? longText));

        Assert.Contains("nested parentheses", deep.ToString(), StringComparison.Ordinal);
        Assert.Contains("characters", longText.ToString(), StringComparison.Ordinal);
        Assert.True(deep.ToString().Length < 400);
    }

    [Fact]
    public void ParsesTheOtherParts()
    {
        Assert.True(Prefix.TryParse("/a/*/b", out Prefix? prefix, out _));
        Assert.True(DtabParser.TryParseTree(" /a | 2*/b & /c ", out NameTree<Path>? tree, out _));
        Assert.True(DtabParser.TryParseDentry("/a => ~", out Dentry? dentry, out _));
        Assert.False(DtabParser.TryParseDentry("/a => ~;", out _, out _));

        Assert.Equal(new string?[] { "a", null, "b" }, prefix.Elements.AsEnumerable());
        Assert.Equal("/a | 2.00*/b & /c", tree.ToString());
        Assert.Equal("/a=>~", dentry.ToString());
    }

    [Fact]
    public void PrintedDtabsReadBackEqual() =>
        Prop.ForAll(Dtabs().ToArbitrary(), dtab => Dtab.Parse(dtab.ToString()).Equals(dtab)).QuickCheckThrowOnFailure();

    [Fact]
    public void NoTextMakesTheParserThrow() => Prop.ForAll(
        Gen.Elements("/a/ =>*;|&()!~$#\\x21.\n".ToCharArray()).ListOf().Select(chars => new string([.. chars])).ToArbitrary(),
        text => Dtab.TryParse(text, out Dtab? dtab, out SyntaxError? error) ? Dtab.Parse(dtab.ToString()).Equals(dtab) : error!.ToString().Length > 0)
        .QuickCheckThrowOnFailure();

    private static Gen<Dtab> Dtabs()
    {
        Gen<string> segment = Gen.Choose(0, 255).Select(value => (char)value).NonEmptyListOf().Select(chars => new string([.. chars]));
        Gen<Path> path = segment.ListOf().Select(segments => Path.Of([.. segments]));
        Gen<Prefix> prefix = Gen.Frequency((4, segment.Select(text => (string?)text)), (1, Gen.Constant<string?>(null)))
            .ListOf().Select(elements => Prefix.Of([.. elements]));
        Gen<Dentry> dentry = from head in prefix from tree in Trees(path, 3) select new Dentry(head, tree);
        return dentry.ListOf().Select(dentries => new Dtab([.. dentries]));
    }

    private static Gen<NameTree<Path>> Trees(Gen<Path> path, int depth)
    {
        Gen<NameTree<Path>> simple = Gen.Frequency(
            (5, path.Select(NameTree.Leaf)),
            (1, Gen.Elements<NameTree<Path>>(new NameTree<Path>.Neg(), new NameTree<Path>.Fail(), new NameTree<Path>.Empty())));
        if (depth == 0) return simple;
        Gen<NameTree<Path>> inner = Trees(path, depth - 1);
        Gen<NameTree<Path>> alternatives = inner.ListOf(2).Select(trees => (NameTree<Path>)new NameTree<Path>.Alt([.. trees]));
        Gen<NameTree<Path>.Weighted> branch =
            from weight in Gen.Choose(0, 10_000_000) from tree in inner select new NameTree<Path>.Weighted(weight / 1000.0, tree);
        Gen<NameTree<Path>> union = branch.ListOf(3).Select(branches => (NameTree<Path>)new NameTree<Path>.Union([.. branches]));
        return Gen.Frequency((3, simple), (1, alternatives), (1, union));
    }
}
