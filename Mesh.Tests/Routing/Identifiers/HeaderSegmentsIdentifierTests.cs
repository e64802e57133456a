using Mesh.Routing.Identifiers;
using Xunit;

namespace Mesh.Tests.Routing.Identifiers;

public sealed class HeaderSegmentsIdentifierTests
{
    private readonly HeaderSegmentsIdentifier _all = new(Naming.Prefix);
    private readonly HeaderSegmentsIdentifier _two = new(Naming.Prefix, segments: 2);

    [Theory]
    [InlineData("/a/b/c", "/svc/a/b/c", "/svc/a/b")]
    [InlineData("/a/b/c/?x=/y", "/svc/a/b/c", "/svc/a/b")]
    [InlineData("/a/b", "/svc/a/b", "/svc/a/b")]
    [InlineData("/a/", "/svc/a", null)]
    [InlineData("/", null, null)]
    [InlineData("//", null, null)]
    [InlineData("/a//b", null, null)]
    public void SegmentsOfThePath_AreTheName_AndTheTargetStays(string target, string? all, string? two)
    {
        Assert.Equal((all, target), (Naming.Ask(_all, Naming.Get(target)).Name, all is null ? target : Naming.Ask(_all, Naming.Get(target)).Forwarded));
        Assert.Equal(two, Naming.Ask(_two, Naming.Get(target)).Name);
    }

    [Fact]
    public void AnotherHeader_MayHoldThePath()
    {
        HeaderSegmentsIdentifier other = new(Naming.Prefix, "x-path", 1);

        Assert.Equal("/svc/a", Naming.Ask(other, Naming.Get("/z", "x-path: /a/b\r\n")).Name);
        Assert.Null(Naming.Ask(other, Naming.Get("/z")).Name);
    }
}
