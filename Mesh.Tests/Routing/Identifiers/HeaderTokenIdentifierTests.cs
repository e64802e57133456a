using Mesh.Routing.Identifiers;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Identifiers;

public sealed class HeaderTokenIdentifierTests
{
    private readonly HeaderTokenIdentifier _identifier = new(Path.Parse("/svc"));

    [Fact]
    public void MakesOneSegmentAndKeepsCaseAndPort()
    {
        Assert.Equal("/svc/Users.Example:8080", _identifier.PathOf("Users.Example:8080"u8).ToString());
        Assert.Equal(@"/svc/a\x2fb\xff", _identifier.PathOf([(byte)'a', (byte)'/', (byte)'b', 0xFF]).ToString());
        Assert.Equal("Host", _identifier.Header);
    }

    [Fact]
    public void EmptyValueIsUnidentified()
    {
        Assert.False(_identifier.IsUsable([]));
        Assert.True(_identifier.IsUsable("x"u8));
    }
}
