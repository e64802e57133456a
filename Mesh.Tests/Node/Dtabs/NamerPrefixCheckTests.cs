using Mesh.Node.Config;
using Mesh.Node.Dtabs;
using Xunit;

namespace Mesh.Tests.Node.Dtabs;

public sealed class NamerPrefixCheckTests
{
    private static readonly FsNamerConfig _files = new("io.l5d.fs", [], "disco");

    [Theory]
    [InlineData("/svc => /#/io.l5d.fs")]
    [InlineData("/svc => /#/io.l5d.fs/web | /$/inet/1 & ~")]
    [InlineData("/svc => /#")]
    [InlineData("/svc => /#/other ; /#/other => /$/inet/1")]
    [InlineData("/svc => /#/other/x ; /#/*/x => /$/inet/1")]
    [InlineData("# /#/other\n/svc => /a")]
    [InlineData("no dtab")]
    public void RulesThatMayLeadToANamer_AreFine(string dtab) => Assert.Empty(NamerPrefixCheck.Warnings(dtab, [_files]));

    [Fact]
    public void ALeafThatNoNamerHas_IsToldAtItsPlace()
    {
        const string Dtab = "# not /#/io.l5d.consul/dc1\n/svc => /#/io.l5d.fs ;\n/svc => /a | (/#/io.l5d.consul/dc1 & ~) ;\n";

        DtabFault warning = Assert.Single(NamerPrefixCheck.Warnings(Dtab, [_files]));

        Assert.Equal(Dtab.LastIndexOf("/#/io.l5d.consul", StringComparison.Ordinal), warning.Offset);
        Assert.Equal(
            "warning: router http: `dtab`, its line 3, column 15: no namer has the name /#/io.l5d.consul/dc1, so it is always ~; "
            + "the config has /#/io.l5d.fs",
            NamerPrefixCheck.TextOf("http", Dtab, warning));
    }

    [Fact]
    public void WithoutNamers_AllSuchLeavesAreTold() =>
        Assert.Equal(2, NamerPrefixCheck.Warnings("/a => /#/x ; /b => /#/y | /#/x", []).Count());
}
