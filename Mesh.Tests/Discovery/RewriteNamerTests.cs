using Mesh.Discovery.Namers.Rewriting;
using Mesh.Discovery.Names;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Discovery;

/// <summary>The claims of Linkerd's RewritingNamerTest, its example, and the edges.</summary>
public sealed class RewriteNamerTests
{
    [Theory]
    [InlineData("/one/two", "/success", "/one/two/three", "/success")]
    [InlineData("/one/*/three", "/success", "/one/two/three", "/success")]
    [InlineData("/{foo}/*/three", "/success/{foo}", "/one/two/three", "/success/one")]
    [InlineData("/{service}/api", "/srv/{service}", "/foo/api/v1/users", "/srv/foo")]
    [InlineData("/{a}-{b}", "/{b}/{a}", "/web-v1", "/v1/web")]
    [InlineData("/{a}", "/x/{a}", @"/a\x2fb\x7b", @"/x/a\x2fb\x7b")]
    [InlineData("/", "/all", "/one/two", "/all")]
    [InlineData("/a", "/", "/a", "/")]
    public void RewritesAMatch_AndDropsWhatFollowsIt(string pattern, string name, string path, string rewritten) =>
        Assert.Equal(new NameState.Resolved(NameTree.Leaf<Name>(new Name.Unbound(Path.Parse(rewritten)))), State(pattern, name, path));

    [Theory]
    [InlineData("/one/*/four", "/success", "/one/two/three")]
    [InlineData("/{foo}/*/four", "/success/{foo}", "/one/two/three")]
    [InlineData("/one/*", "/success", "/one")]
    [InlineData("/one", "/success", "/")]
    public void IsNegForAnotherPath(string pattern, string name, string path) => Assert.Equal(NameState.Resolved.Neg, State(pattern, name, path));

    [Theory]
    [InlineData("/x/{unknown}", "label char expected but '{' found")]
    [InlineData("no-path", "'/' expected but 'n' found")]
    [InlineData("/x//{a}", "label char expected but '/' found")]
    [InlineData("/x/{empty}", "label char expected but end of input found")]
    public void FailsInWords_WhereTheNameGivesNoPath(string name, string reason)
    {
        NameState state = State("/{a}/p{empty}", name, "/web/p/rest");

        string words = Assert.IsType<NameState.Failed>(state).Reason;
        Assert.StartsWith("/#/rewrite rewrites /web/p/rest to what is no path: ", words, StringComparison.Ordinal);
        Assert.Contains(reason, words, StringComparison.Ordinal);
    }

    private static NameState State(string pattern, string name, string path)
    {
        using INameWatch watch = new RewriteNamer(Path.Parse("/#/rewrite"), PathMatcher.Parse(pattern), name).Lookup(Path.Parse(path));
        return watch.Current;
    }
}
