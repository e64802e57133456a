using System.Net;
using Mesh.Discovery.Dns;
using Xunit;

namespace Mesh.Tests.Discovery;

public sealed class HostNameTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.1", "127.0.0.1")]
    [InlineData("10.1.258", "10.1.1.2")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("::1", "::1")]
    [InlineData("[::1]", "::1")]
    [InlineData("::ffff:10.0.0.1", "::ffff:10.0.0.1")]
    public void KnowsLiterals(string host, string address)
    {
        Assert.True(HostName.TryParseLiteral(host, out IPAddress? found));

        Assert.Equal(IPAddress.Parse(address), found);
    }

    [Theory]
    [InlineData("8080")]
    [InlineData("256.1.1.1")]
    [InlineData("1.2.3.4.5")]
    [InlineData("010.0.0.1")]
    [InlineData("127.00.0.1")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("127.0x1")]
    [InlineData("1.1.1.1.")]
    [InlineData("[::1")]
    [InlineData("::1]")]
    [InlineData("a:b")]
    [InlineData("host.1")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData("-a")]
    [InlineData("a b")]
    [InlineData("")]
    public void RefusesWhatIsNeitherALiteralNorAName(string host) =>
        Assert.False(HostName.TryParseLiteral(host, out _) || HostName.CouldBeName(host));

    [Theory]
    [InlineData("localhost")]
    [InlineData("example.com.")]
    [InlineData("my_service")]
    [InlineData("1.example.com")]
    [InlineData("1a")]
    [InlineData("xn--nxasmq6b")]
    public void TakesNames(string host) => Assert.True(HostName.CouldBeName(host) && !HostName.TryParseLiteral(host, out _));
}
