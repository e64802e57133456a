using Mesh.Routing.Identifiers;
using Mesh.Tests.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Routing.Identifiers;

public sealed class MethodAndHostIdentifierTests
{
    private readonly MethodAndHostIdentifier _plain = new(Naming.Prefix);
    private readonly MethodAndHostIdentifier _withPath = new(Naming.Prefix, withPath: true);

    [Theory]
    [InlineData("GET", "DoMaiN", "/svc/1.1/GET/domain")]
    [InlineData("POST", "Users.Example:8080", "/svc/1.1/POST/users.example:8080")]
    [InlineData("get", "h", "/svc/1.1/get/h")]
    [InlineData("M-SEARCH", "[::1]:80", @"/svc/1.1/M-SEARCH/\x5b\x3a\x3a\x31\x5d\x3a\x38\x30")]
    public void Http11_IsNamedByMethodAndHostInLowerCase(string method, string host, string name) =>
        Assert.Equal(name, Naming.NameOf(_plain, Naming.Get("/some/path?other=stuff", method: method, host: host)));

    [Fact]
    public void WithPath_ThePathFollows_WithoutItsQuery()
    {
        Assert.Equal("/svc/1.1/GET/domain/some/path", Naming.NameOf(_withPath, Naming.Get("/some/path?other=stuff", host: "domain")));
        Assert.Equal("/svc/1.1/GET/domain", Naming.NameOf(_withPath, Naming.Get("/", host: "domain")));
        Assert.Equal("/svc/1.1/GET/domain/a%2Fb", Naming.NameOf(_withPath, Naming.Get("/a%2Fb", host: "domain")));
    }

    [Fact]
    public void Http10_IsNamedByMethod_EvenWithAHost()
    {
        Assert.Equal("/svc/1.0/POST", Naming.NameOf(_plain, Http1Kit.Accepted("POST /drum/bass HTTP/1.0\r\n\r\n")));
        Assert.Equal("/svc/1.0/POST/drum/bass", Naming.NameOf(_withPath, Http1Kit.Accepted("POST /drum/bass HTTP/1.0\r\nHost: h\r\n\r\n")));
    }

    [Fact]
    public void Http11WithoutAHost_IsNotIdentified()
    {
        Assert.Null(Naming.NameOf(_plain, Naming.Get("/", host: "")));
        Assert.Equal("it is HTTP/1.1 without a Host", _plain.Explain(Naming.Get("/", host: "")));
    }

    [Fact]
    public void AbsoluteForm_GivesItsAuthorityAndPath()
    {
        Assert.Equal("/svc/1.1/GET/acme.co:8080/foo", Naming.NameOf(_withPath, Naming.Get("http://Acme.co:8080/foo?x", host: "other")));
        Assert.Equal("/svc/1.1/GET/acme.co", Naming.NameOf(_withPath, Naming.Get("http://acme.co", host: "other")));
    }

    [Theory]
    [InlineData("/some/path/")]
    [InlineData("//path")]
    [InlineData("/a~b")]
    public void PathThatIsNoName_IsRefused(string target)
    {
        Assert.Matches("^its path is no name: .* expected but .* found", Naming.Fault(_withPath, Naming.Get(target)));
        Assert.NotNull(Naming.NameOf(_plain, Naming.Get(target)));
    }

    [Fact]
    public void Asterisk_IsRefused_WhenThePathCounts() =>
        Assert.StartsWith("its path is no name: '/' expected", Naming.Fault(_withPath, Naming.Get("*", method: "OPTIONS")), StringComparison.Ordinal);

    [Fact]
    public void RequestsOfDifferentNames_NeverShareAKey()
    {
        string[] keys =
        [
            Naming.Ask(_withPath, Naming.Get("/b", host: "a")).Key,
            Naming.Ask(_withPath, Naming.Get("/b", host: "a", method: "GETa")).Key,
            Naming.Ask(_withPath, Naming.Get("/", host: "a")).Key,
            Naming.Ask(_withPath, Naming.Get("/b", host: "a", version: "HTTP/1.0")).Key,
        ];

        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    [Fact]
    public void KeyLongerThanTheKeptRoom_IsWhole()
    {
        string path = "/" + new string('a', 20_000);
        string raw = $"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n";

        string? name = Naming.NameOf(_withPath, Http1Kit.Request(raw, new Mesh.Wire.Http1.Http1Limits { MaxStartLineBytes = 30_000 }).Head);

        Assert.Equal("/svc/1.1/GET/h" + path, name);
    }
}
