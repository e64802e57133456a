using Mesh.Routing.Identifiers;
using Mesh.Tests.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Routing.Identifiers;

public sealed class HeaderTokenIdentifierTests
{
    private readonly HeaderTokenIdentifier _identifier = new(Naming.Prefix);
    private readonly HeaderTokenIdentifier _byHeader = new(Naming.Prefix, "my-header");

    [Fact]
    public void MakesOneSegmentOfHostAndKeepsCaseAndPort() =>
        Assert.Equal("/svc/Users.Example:8080", Naming.NameOf(_identifier, Naming.Get("/", host: "Users.Example:8080")));

    [Fact]
    public void MakesOneSegmentOfAnyHeader_WhateverItsBytes()
    {
        Assert.Equal("/svc/foo", Naming.NameOf(_byHeader, Naming.Get("/", "My-Header: foo\r\n")));
        Assert.Equal(@"/svc/\x61\x2f\x62\xff", Naming.NameOf(_byHeader, Naming.Get("/", "my-header: a/b\u00ff\r\n")));
    }

    [Fact]
    public void TakesTheFirstOfSeveralValues() =>
        Assert.Equal("/svc/one", Naming.NameOf(_byHeader, Naming.Get("/", "my-header: one\r\nmy-header: two\r\n")));

    [Fact]
    public void AuthorityOfAnAbsoluteTarget_StandsForHost() =>
        Assert.Equal("/svc/acme.co:8080", Naming.NameOf(_identifier, Naming.Get("http://acme.co:8080/foo", host: "example.com:9000")));

    [Fact]
    public void WithoutTheHeaderOrWithAnEmptyOne_DoesNotIdentify()
    {
        Assert.Null(Naming.NameOf(_byHeader, Naming.Get("/")));
        Assert.Null(Naming.NameOf(_byHeader, Naming.Get("/", "my-header:  \r\n")));
        Assert.Null(Naming.NameOf(_identifier, Http1Kit.Accepted("GET / HTTP/1.0\r\n\r\n")));
        Assert.Equal("it has no header my-header, or an empty one", _byHeader.Explain(Naming.Get("/")));
    }
}
