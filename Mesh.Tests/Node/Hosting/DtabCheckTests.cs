using Mesh.Node.Config;
using Mesh.Node.Config.Keys;
using Mesh.Node.Hosting;
using Xunit;
using NamePath = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.Hosting;

public sealed class DtabCheckTests
{
    [Theory]
    [InlineData("")]
    [InlineData("/svc => /#/io.l5d.fs")]
    [InlineData("/a => /b | /c & 2 * /d; /* => ! ; ")]
    public void GoodDtabs_HaveNoFault(string dtab)
    {
        Assert.Null(DtabCheck.FirstFault(dtab));
    }

    [Theory]
    [InlineData("svc => /x", 0, "`s` cannot stand here; expected '/'")]
    [InlineData("/svc =>", 7, "ends too early; expected simple name tree")]
    [InlineData("/svc => /x /y", 11, "`/` cannot stand here; expected ';' or end of input")]
    public void FirstFault_StandsAtItsCharacter(string dtab, int offset, string what)
    {
        DtabFault? fault = DtabCheck.FirstFault(dtab);

        Assert.Equal(offset, fault?.Offset);
        Assert.StartsWith(what, fault?.What, StringComparison.Ordinal);
    }

    [Fact]
    public void FaultInABlock_IsToldByLineAndColumnOfTheFile()
    {
        string config = "routers:\n- protocol: http\n  dtab: |\n    /svc => /a;\n    /svc => ;\n  servers: [{port: 0}]\n";

        ConfigResult result = ConfigLoader.Load("mesh.yaml", config, [], DtabCheck.Hooks);

        ConfigFault fault = Assert.Single(result.Faults);
        Assert.StartsWith("mesh.yaml:5:13: `dtab`: `;` cannot stand here", fault.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("svc")]
    [InlineData("io.l5d.fs")]
    [InlineData("a/b/c")]
    [InlineData("\\x41\\xff")]
    [InlineData("a:1/b_c/d-e/$/#/%")]
    [InlineData("a//b")]
    [InlineData("")]
    [InlineData("a/")]
    [InlineData("a b")]
    [InlineData("\\x4")]
    [InlineData("é")]
    [InlineData("a;b")]
    public void PrefixesThatTheConfigTakes_ArePathsThatTheNodeCanRead(string tail)
    {
        bool taken = SharedKeys.IsPathTail(tail);

        bool isPath = tail.Length > 0 && NamePath.TryParse("/" + tail, out _, out _) && NamePath.TryParse("/#/" + tail, out _, out _);

        Assert.Equal(isPath, taken);
    }
}
