using Mesh.Routing.Dtabs;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Dtabs;

public sealed class DtabTests
{
    [Theory]
    [InlineData("/svc => /host", "/svc/web", "/host/web")]
    [InlineData("/svc => /host", "/svc", "/host")]
    [InlineData("/svc => /host", "/other/web", "~")]
    [InlineData("/svc/web/x => /host", "/svc/web", "~")]
    [InlineData("/svc => /a ; /svc => /b", "/svc/web", "/b/web | /a/web")]
    [InlineData("/svc/web => /b ; /svc => /a", "/svc/web", "/a/web | /b")]
    [InlineData("/svc/* => /a", "/svc/web/rest", "/a/rest")]
    [InlineData("/svc/*/x => /a", "/svc/web/x/y", "/a/y")]
    [InlineData("/* => /a", "/svc/web", "/a/web")]
    [InlineData("/* => /a", "/", "~")]
    [InlineData("/ => /a", "/svc", "/a/svc")]
    [InlineData("/svc => /a | 2*/b & ! | ~", "/svc/x", "/a/x | 2.00*/b/x & ! | ~")]
    [InlineData("/svc => /a | /b ; /svc => /c", "/svc/x", "/c/x | (/a/x | /b/x)")]
    [InlineData("/SVC => /a", "/svc/x", "~")]
    public void LooksUpOneStep(string dtab, string path, string tree) =>
        Assert.Equal(tree, Dtab.Parse(dtab).Lookup(Path.Parse(path)).ToString());

    [Fact]
    public void ConcatenatedRulesWin()
    {
        Dtab both = Dtab.Parse("/svc => /a") + Dtab.Parse("/svc => /b");

        Assert.Equal("/svc=>/a;/svc=>/b", both.ToString());
        Assert.Equal("/b | /a", both.Lookup(Path.Parse("/svc")).ToString());
        Assert.Same(both, both + Dtab.Empty);
        Assert.Same(both, Dtab.Empty + both);
    }
}
