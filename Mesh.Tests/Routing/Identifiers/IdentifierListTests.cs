using Mesh.Routing.Identifiers;
using Mesh.Wire.Exchange;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Identifiers;

public sealed class IdentifierListTests
{
    private static readonly IdentifierList _list = new(
    [
        new HeaderPathIdentifier(Naming.Prefix),
        new PathIdentifier(Naming.Prefix, 2, consume: true),
        new HeaderTokenIdentifier(Naming.Prefix),
        new StaticIdentifier(Path.Parse("/svc/rest")),
    ]);

    [Theory]
    [InlineData("/a/b", "l5d-name: /x\r\n", "h", 0, "/svc/x", 0)]
    [InlineData("/a/b", "", "h", 1, "/svc/a/b", 4)]
    [InlineData("/a", "", "h", 2, "/svc/h", 0)]
    [InlineData("/a", "", "", 3, "/svc/rest", 0)]
    public void TheFirstThatIdentifies_Wins(string target, string fields, string host, int place, string name, int consumed)
    {
        RequestHead head = Naming.Get(target, fields, host: host);

        Assert.True(_list.TryIdentify(head, out Identification found));
        Assert.True(_list.TryName(found, out Path? path, out _));

        Assert.Equal((place, name, consumed), (found.Identifier, path.ToString(), found.ConsumedTarget));
    }

    [Fact]
    public void KeyThatIsNoName_IsTheEnd_WhateverFollows()
    {
        Assert.True(_list.TryIdentify(Naming.Get("/a/b", "l5d-name: rubbish\r\n"), out Identification found));

        Assert.False(_list.TryName(found, out _, out string? fault));
        Assert.Contains("l5d-name", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void TellsOfEachWhyItDidNotIdentify()
    {
        var list = new IdentifierList(
            [new HeaderPathIdentifier(Naming.Prefix), new PathIdentifier(Naming.Prefix), new MethodAndHostIdentifier(Naming.Prefix)]);
        RequestHead head = Naming.Get("/", host: "");

        Assert.False(list.TryIdentify(head, out _));
        Assert.Equal(
            "it has no header l5d-name, or an empty one; its path has fewer than 1 segment; it is HTTP/1.1 without a Host", list.Explain(head));
    }
}
