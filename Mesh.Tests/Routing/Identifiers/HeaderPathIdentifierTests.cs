using Mesh.Routing.Identifiers;
using Xunit;

namespace Mesh.Tests.Routing.Identifiers;

public sealed class HeaderPathIdentifierTests
{
    private readonly HeaderPathIdentifier _identifier = new(Naming.Prefix);

    [Theory]
    [InlineData("/one/two/three", "/svc/one/two/three")]
    [InlineData("/", "/svc")]
    [InlineData("/Users.Example:80/#/%20", "/svc/Users.Example:80/#/%20")]
    [InlineData(@"/a\x2fb", @"/svc/\x61\x2f\x62")]
    [InlineData("/a # why", "/svc/a")]
    public void PutsThePathOfTheHeaderBehindThePrefix(string value, string name) =>
        Assert.Equal(name, Naming.NameOf(_identifier, Naming.Get("/", $"l5d-name: {value}\r\n")));

    [Fact]
    public void ReadsTheHeaderOfTheConfig() =>
        Assert.Equal("/svc/a/b/c", Naming.NameOf(new HeaderPathIdentifier(Naming.Prefix, "my-header"), Naming.Get("/", "My-Header: /a/b/c\r\n")));

    [Fact]
    public void WithoutTheHeaderOrWithAnEmptyOne_DoesNotIdentify()
    {
        Assert.Null(Naming.NameOf(_identifier, Naming.Get("/")));
        Assert.Null(Naming.NameOf(_identifier, Naming.Get("/", "l5d-name: \r\nl5d-reqid: 1\r\n")));
        Assert.Equal("it has no header l5d-name, or an empty one", _identifier.Explain(Naming.Get("/")));
    }

    [Theory]
    [InlineData("one")]
    [InlineData("/one/")]
    [InlineData("/one//two")]
    [InlineData("/a~b")]
    [InlineData("/a\u00ff")]
    public void ValueThatIsNoPath_IsRefusedWithThePlace(string value)
    {
        string fault = Naming.Fault(_identifier, Naming.Get("/", $"l5d-name: {value}\r\n"));

        Assert.StartsWith("its header l5d-name is no path: ", fault, StringComparison.Ordinal);
        Assert.Contains("expected but", fault, StringComparison.Ordinal);
    }
}
