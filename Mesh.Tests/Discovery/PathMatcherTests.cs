using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Discovery;

/// <summary>The claims of Linkerd's PathMatcherTest, and those it does not make.</summary>
public sealed class PathMatcherTests
{
    [Theory]
    [InlineData("/foo/bar", "/foo/bar", "")]
    [InlineData("/foo/bar", "/foo/bar/bas", "")]
    [InlineData("/foo/bar/", "/foo/bar", "")]
    [InlineData("foo/bar", "/foo/bar", "")]
    [InlineData("/", "/", "")]
    [InlineData("/", "/foo/bar", "")]
    [InlineData("", "/foo", "")]
    [InlineData("/foo/*/*", "/foo/hi/there", "")]
    [InlineData("/*", "/foo", "")]
    [InlineData("/foo/{A}", "/foo/bar/bas", "A=bar")]
    [InlineData("/foo/{A_B_C}", "/foo/bar/bas", "A_B_C=bar")]
    [InlineData("/foo/bar/{A}:http", "/foo/bar/bas:http", "A=bas")]
    [InlineData("/foo/{A}/*/{B}", "/foo/boo/bar/bas", "A=boo B=bas")]
    [InlineData("/foo/bar/{A}.com/{B}", "/foo/bar/foo.com/80", "A=foo B=80")]
    [InlineData("/foo/bar/{A}-{B}/{C}", "/foo/bar/foo-com/80", "A=foo B=com C=80")]
    [InlineData("/foo/bar/{A}.{B}/{C}", "/foo/bar/foo.com/80", "A=foo B=com C=80")]
    [InlineData("/foo/bar/{A}.{B}.{C}/{D}", "/foo/bar/www.foo.com/80", "A=www B=foo C=com D=80")]
    [InlineData("/foo/{A}/*/{B}:http", "/foo/boo/bar/bas:http", "A=boo B=bas")]
    [InlineData("/foo/bar/{A}-{B}", "/foo/bar/foo-bar-baz", "A=foo-bar B=baz")]
    [InlineData("/%/io.l5d.port/4141/#/io.l5d.fs/{s}", "/%/io.l5d.port/4141/#/io.l5d.fs/hello", "s=hello")]
    [InlineData("/$/io.buoyant.rinet/443/{hostname}", "/$/io.buoyant.rinet/443/example.com", "hostname=example.com")]
    [InlineData("/{a.b}/{c:d}/{e-f}/{0}", "/1/2/3/4", "0=4 a.b=1 c:d=2 e-f=3")]
    [InlineData("/{a}/{a}", "/first/last", "a=last")]
    [InlineData("/{a}-{a}", "/first-last", "a=last")]
    [InlineData("/pre{a}post", "/prepost", "a=")]
    [InlineData("/{a}.com", "/foo.com.evil", "a=foo")]
    [InlineData("/x{a}", "/axb", "a=b")]
    [InlineData("/{a}${b}", "/1$2", "a=1 b=2")]
    [InlineData("/{a}%{b}#", "/1%2#", "a=1 b=2")]
    [InlineData(@"/\x61\x20\x62/{c}", @"/a\x20b/\x2f", @"c=\x2f")]
    public void Matches(string pattern, string path, string captures) => Assert.Equal(captures, Match(pattern, path));

    [Theory]
    [InlineData("/foo/bar", "/foo/goo")]
    [InlineData("/foo/bar", "/foo")]
    [InlineData("/foo/bar", "/Foo/bar")]
    [InlineData("/foo", "/")]
    [InlineData("/foo/*", "/foo")]
    [InlineData("/foo/*/*", "/foo/bar")]
    [InlineData("/*", "/")]
    [InlineData("/foo/{A}", "/foo")]
    [InlineData("/foo/{A}/bar", "/foo/bar/bad")]
    [InlineData("/foo/{A}:http", "/foo/bar/bas:http")]
    [InlineData("/foo//bar", "/foo/bar")]
    [InlineData("/{a}.com", "/fooxcom")]
    [InlineData("/a.c", "/abc")]
    [InlineData("/a*", "/aa")]
    [InlineData("/{}", "/a")]
    [InlineData("/{a b}", "/a")]
    [InlineData("/{a", "/a")]
    public void DoesNotMatch(string pattern, string path) => Assert.Null(Match(pattern, path));

    [Theory]
    [InlineData("/{A}/and/{B}", "/boo/and/bas")]
    [InlineData("/{A}{A}/{B}.{A}", "/booboo/bas.boo")]
    [InlineData("/{C}/{}/{A", "/{C}/{}/{A")]
    [InlineData("", "")]
    [InlineData("literal", "literal")]
    public void SubstitutesWhatWasCaptured(string template, string result)
    {
        Assert.True(PathMatcher.Parse("/foo/{A}/*/{B}").TryMatch(Path.Parse("/foo/boo/bar/bas"), out ImmutableDictionary<string, string> captures));

        Assert.Equal(result, PathMatcher.Substitute(template, captures));
    }

    [Fact]
    public void PutsNothingIntoWhatWasPutIn()
    {
        var captures = ImmutableDictionary<string, string>.Empty.Add("a", "{b}").Add("b", "{a}");

        Assert.Equal("{b}{a}", PathMatcher.Substitute("{a}{b}", captures));
    }

    [Fact]
    public void KeepsItsTextAndMatchesAllAsAny()
    {
        Assert.Equal("/a/{b}/", PathMatcher.Parse("/a/{b}/").ToString());
        Assert.True(PathMatcher.Any.TryMatch(Path.Empty, out _));
        Assert.True(PathMatcher.Any.TryMatch(Path.Parse("/a/b"), out _));
    }

    /// <summary>Null when it does not match; else the captures, sorted.</summary>
    private static string? Match(string pattern, string path) =>
        PathMatcher.Parse(pattern).TryMatch(Path.Parse(path), out ImmutableDictionary<string, string> captures)
            ? string.Join(' ', captures.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"))
            : null;
}
