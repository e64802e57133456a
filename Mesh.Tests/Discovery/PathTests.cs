using FsCheck;
using FsCheck.Fluent;
using Mesh.Discovery.Names;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Discovery;

public sealed class PathTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("/svc/users", "/svc/users")]
    [InlineData("/#/io.l5d.fs/web", "/#/io.l5d.fs/web")]
    [InlineData("/$/inet/127.1/8080", "/$/inet/127.1/8080")]
    [InlineData("/$/inet/::1/80", "/$/inet/::1/80")]
    [InlineData(@"/\x20\x2A\xfF", @"/\x20\x2a\xff")]
    [InlineData(@"/\x61bc", "/abc")]
    [InlineData("  /a # comment", "/a")]
    [InlineData("/a%b-c_d:80", "/a%b-c_d:80")]
    public void ReadsAndPrintsCanonically(string text, string canonical) => Assert.Equal(canonical, Path.Parse(text).ToString());

    [Theory]
    [InlineData("", 0, "'/' expected but end of input found at '[]'")]
    [InlineData("svc", 0, "'/' expected but 's' found at '[s]vc'")]
    [InlineData("/svc/", 5, "label char expected but end of input found at '/svc/[]'")]
    [InlineData("//a", 1, "end of input expected but '/' found at '/[/]a'")]
    [InlineData("/a/*", 3, "label char expected but '*' found at '/a/[*]'")]
    [InlineData("/a b", 3, "end of input expected but 'b' found at '/a [b]'")]
    [InlineData(@"/a\y", 3, @"'x' expected but 'y' found at '/a\[y]'")]
    [InlineData(@"/a\xg0", 4, @"hex digit expected but 'g' found at '/a\x[g]0'")]
    [InlineData("/é", 1, @"end of input expected but '\u00e9' found at '/[\u00e9]'")]
    public void ShowsWhereTheTextIsWrong(string text, int offset, string message)
    {
        Assert.False(Path.TryParse(text, out _, out SyntaxError? error));

        Assert.Equal(offset, error.Offset);
        Assert.StartsWith(message, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void CountsLinesAndColumnsFromOne()
    {
        var error = new SyntaxError("x", "ab\ncd", 4);

        Assert.Equal((2, 2), (error.Line, error.Column));
        Assert.Equal((1, 1), (new SyntaxError("x", "\nab", 0).Line, new SyntaxError("x", "\nab", 0).Column));
    }

    [Fact]
    public void TakesAndDropsAndJoins()
    {
        Path path = Path.Parse("/a/b/c");

        Assert.Equal(Path.Parse("/a/b"), path.Take(2));
        Assert.Equal(Path.Parse("/c"), path.Drop(2));
        Assert.Equal(path, path.Take(1) + path.Drop(1));
        Assert.Same(Path.Empty, path.Drop(9));
        Assert.True(path.StartsWith(Path.Parse("/a/b")));
        Assert.True(path.StartsWith(Path.Empty));
        Assert.False(path.StartsWith(Path.Parse("/a/B")));
        Assert.False(Path.Parse("/a").StartsWith(path));
    }

    [Fact]
    public void RefusesSegmentsThatAreNoBytes()
    {
        Assert.Throws<ArgumentException>(() => Path.Of(""));
        Assert.Throws<ArgumentException>(() => Path.Of("\u0100"));
    }

    [Fact]
    public void PrintedPathsReadBackEqual() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[][]>(),
        segments =>
        {
            Path path = Path.Of([.. segments.Where(bytes => bytes is { Length: > 0 }).Select(bytes => Path.SegmentOf(bytes))]);
            return Path.Parse(path.ToString()).Equals(path);
        }).QuickCheckThrowOnFailure();
}
