using System.Net;
using Mesh.Routing.Identifiers;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Identifiers;

/// <summary>Names of connections whose bytes nobody reads.</summary>
public sealed class ConnectionIdentifierTests
{
    private static readonly Path s_svc = Path.Parse("/svc");
    private static readonly ConnectionIdentifierList s_auto =
        new([new ServerNameIdentifier(s_svc), new OriginalDestinationIdentifier(s_svc), new PortIdentifier(s_svc)]);

    [Theory]
    [InlineData("DB.Example.com", "/svc/db.example.com")]
    [InlineData("db.example.com.", "/svc/db.example.com")]
    [InlineData("", null)]
    [InlineData(".", null)]
    [InlineData(null, null)]
    public void ServerName_IsTheHostInLowerCase(string? host, string? name) =>
        Assert.Equal(name, new ServerNameIdentifier(s_svc).Identify(new ConnectionFacts(1) { ServerName = host })?.ToString());

    [Theory]
    [InlineData("10.0.0.5:5432", "/svc/10.0.0.5/5432")]
    [InlineData("[::ffff:10.0.0.5]:5432", "/svc/10.0.0.5/5432")]
    [InlineData("[2001:db8::1]:6379", "/svc/2001:db8::1/6379")]
    public void OriginalDestination_IsAddressAndPort(string address, string name)
    {
        ConnectionFacts facts = new(4140) { OriginalDestination = IPEndPoint.Parse(address) };

        Assert.Equal(name, new OriginalDestinationIdentifier(s_svc).Identify(facts)?.ToString());
        Assert.Equal(name, s_auto.Identify(facts)?.ToString());
    }

    [Fact]
    public void TheFirstThatTells_Wins()
    {
        Assert.Equal("/svc/4140", s_auto.Identify(new ConnectionFacts(4140))?.ToString());
        Assert.Equal("/svc/a", s_auto.Identify(new ConnectionFacts(4140) { ServerName = "a" })?.ToString());
        Assert.Equal([false, false, true], s_auto.Try(new ConnectionFacts(4140)).Select(static each => each.IsLast));
    }

    [Fact]
    public void AServerName_IsWaitedForLonger_WhereNothingElseTells()
    {
        ConnectionIdentifierList alone = new([new ServerNameIdentifier(s_svc)]);

        Assert.True(alone.NeedsServerName && alone.DependsOnServerName && s_auto.NeedsServerName && !s_auto.DependsOnServerName);
        Assert.Contains("SNI", alone.Explain(new ConnectionFacts(1)), StringComparison.Ordinal);
        Assert.Null(alone.Identify(new ConnectionFacts(1)));
    }
}
