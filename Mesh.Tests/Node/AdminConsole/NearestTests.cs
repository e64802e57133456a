using Mesh.Node.AdminConsole;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole;

public sealed class NearestTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "", 3)]
    [InlineData("list", "list", 0)]
    [InlineData("lst", "list", 1)]
    [InlineData("lisst", "list", 1)]
    [InlineData("lits", "list", 1)]
    [InlineData("show", "slow", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Edits_AreCountedEitherWay(string one, string other, int edits)
    {
        Assert.Equal(edits, Nearest.Edits(one, other));
        Assert.Equal(edits, Nearest.Edits(other, one));
    }

    [Theory]
    [InlineData("rotue", "route")]
    [InlineData("dst", "dest")]
    [InlineData("xyz", null)]
    [InlineData("cluster hide", null)]
    [InlineData("clster shwo", "cluster show")]
    [InlineData("", null)]
    public void TheNearest_IsFound_UnlessItIsFar(string given, string? near) =>
        Assert.Equal(near, Nearest.To(given, ["route", "dest", "cluster down", "service", "cluster show"]));

    [Fact]
    public void OfEquals_TheFirst() => Assert.Equal("bat", Nearest.To("cat", ["bat", "hat"]));
}
