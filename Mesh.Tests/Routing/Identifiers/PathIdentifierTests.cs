using Mesh.Routing.Identifiers;
using Mesh.Tests.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Routing.Identifiers;

public sealed class PathIdentifierTests
{
    private readonly PathIdentifier _one = new(Naming.Prefix, consume: true);
    private readonly PathIdentifier _two = new(Naming.Prefix, 2);
    private readonly PathIdentifier _twoConsumed = new(Naming.Prefix, 2, consume: true);

    [Theory]
    [InlineData("/mysvc/subsvc")]
    [InlineData("/mysvc/subsvc/")]
    [InlineData("/mysvc/subsvc?a=/b")]
    [InlineData("/mysvc/subsvc/some/path?other=stuff")]
    [InlineData("/mysvc/subsvc/!")]
    [InlineData("http://any/mysvc/subsvc/x")]
    public void TakesAsManySegmentsAsAsked_AndLeavesTheTarget(string target)
    {
        (string? name, string forwarded, _) = Naming.Ask(_two, Naming.Get(target));

        Assert.Equal("/svc/mysvc/subsvc", name);
        Assert.Equal(target.Replace("http://any", "", StringComparison.Ordinal), forwarded);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/mysvc")]
    [InlineData("/mysvc/")]
    [InlineData("/mysvc//")]
    [InlineData("/mysvc?other=stuff")]
    [InlineData("/mysvc?a=/b/c")]
    [InlineData("/mysvc//subsvc")]
    [InlineData("//mysvc/subsvc")]
    [InlineData("http://mysvc")]
    [InlineData("http://mysvc?a/b")]
    public void TooFewSegmentsOrAnEmptyOne_DoNotIdentify(string target)
    {
        Assert.Null(Naming.NameOf(_two, Naming.Get(target)));
        Assert.Equal("its path has fewer than 2 segments", _two.Explain(Naming.Get(target)));
    }

    [Fact]
    public void Asterisk_DoesNotIdentify() => Assert.Null(Naming.NameOf(_one, Naming.Get("*", method: "OPTIONS")));

    [Theory]
    [InlineData("/mysvc/subsvc", "/")]
    [InlineData("/mysvc/subsvc/", "/")]
    [InlineData("/mysvc/subsvc//", "/")]
    [InlineData("/mysvc/subsvc///?a", "/?a")]
    [InlineData("/mysvc/subsvc/path1/", "/path1/")]
    [InlineData("/mysvc/subsvc/path1", "/path1")]
    [InlineData("/mysvc/subsvc/path1/path2", "/path1/path2")]
    [InlineData("/mysvc/subsvc/path1/path2/", "/path1/path2/")]
    [InlineData("/mysvc/subsvc/path1/?foo=bar", "/path1/?foo=bar")]
    [InlineData("/mysvc/subsvc/path1?foo=bar", "/path1?foo=bar")]
    [InlineData("/mysvc/subsvc/path1?foo=bar/", "/path1?foo=bar/")]
    [InlineData("/mysvc/subsvc/some/path?other=stuff", "/some/path?other=stuff")]
    [InlineData("/mysvc/subsvc/a//b", "/a//b")]
    [InlineData("http://any/mysvc/subsvc/x?y", "/x?y")]
    [InlineData("http://any/mysvc/subsvc?y", "/?y")]
    public void Consumes_WhatNamesTheRequest_AndKeepsQueryAndTrailingSlash(string target, string forwarded) =>
        Assert.Equal(("/svc/mysvc/subsvc", forwarded, "mysvc/subsvc"), Naming.Ask(_twoConsumed, Naming.Get(target)));

    [Theory]
    [InlineData("/mysvc?other=stuff")]
    [InlineData("/mysvc/?other=stuff")]
    public void ConsumesTheWholePath_AndKeepsTheQuery(string target) =>
        Assert.Equal(("/svc/mysvc", "/?other=stuff", "mysvc"), Naming.Ask(_one, Naming.Get(target)));

    [Fact]
    public void KeepsSegmentsAsTheyAreWritten() =>
        Assert.Equal(
            (@"/svc/a%2Fb/\x25\x63\x33\x25\x61\x34\x7e\x58", "/c%20d", "a%2Fb/%c3%a4~X"),
            Naming.Ask(_twoConsumed, Naming.Get("/a%2Fb/%c3%a4~X/c%20d")));

    [Fact]
    public void ConsumedOptions_AskForSlash_NotForAsterisk() =>
        Assert.Equal("/", Naming.Ask(_one, Naming.Get("/mysvc", method: "OPTIONS")).Forwarded);

    [Fact]
    public void RestOfTheHead_IsForwardedAsItCame()
    {
        var edits = new Mesh.Wire.Exchange.HeadEdits { TargetSkip = 2 };

        string forwarded = Http1Kit.Encode(Naming.Get("/a/b?c", "X-One: 1\r\nx-two:  2 \r\n"), edits);

        Assert.Equal("GET /b?c HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-two:  2 \r\n\r\n", forwarded);
    }
}
