using Mesh.Routing.Identifiers;
using Xunit;

namespace Mesh.Tests.Routing.Identifiers;

public sealed class InboundIdentifierTests
{
    private readonly InboundIdentifier _identifier = new(Naming.Prefix);

    [Theory]
    [InlineData("mesh-instance: web/a\r\n")]
    [InlineData("Mesh-Instance: web/a\r\n")]
    public void TheInstanceThatIsMeant_IsTheName(string fields) =>
        Assert.Equal("/svc/web/a", Naming.NameOf(_identifier, Naming.Get("/", fields)));

    [Theory]
    [InlineData("web")]
    [InlineData("/web/a")]
    [InlineData("web/a/b")]
    [InlineData("web/..")]
    [InlineData("web/a b")]
    [InlineData("#/io.l5d.fs")]
    public void WhatIsNoInstance_IsNoName(string value) => Assert.Equal(
        "its header mesh-instance is no service/id", Naming.Fault(_identifier, Naming.Get("/", $"mesh-instance: {value}\r\n")));

    [Fact]
    public void WithoutIt_TheRequestIsNobodys()
    {
        Assert.Null(Naming.NameOf(_identifier, Naming.Get("/", "mesh-hops: 1\r\nmesh-instance:\r\n")));
        string why = _identifier.Explain(Naming.Get("/"));
        Assert.StartsWith("it has no header mesh-instance: this is a node's inbound side", why, StringComparison.Ordinal);
    }
}
