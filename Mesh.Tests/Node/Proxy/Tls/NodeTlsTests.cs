using Mesh.Node.Proxy.Tls;
using Mesh.Tests.Actors.Remoting;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.Node.Proxy.Tls;

/// <summary>On which terms a node dials another's inbound side.</summary>
public sealed class NodeTlsTests
{
    /// <summary>What the other node says of itself never takes TLS off; the own operator may.</summary>
    [Theory]
    [InlineData(false, false, null, "plain")]
    [InlineData(false, true, null, "plain")]
    [InlineData(false, false, "n2", "Unequipped")]
    [InlineData(false, true, "n2", "Unequipped")]
    [InlineData(true, false, "n2", "tls of n2")]
    [InlineData(true, true, "n2", "tls of n2")]
    [InlineData(true, false, null, "PlainForbidden")]
    [InlineData(true, true, null, "plain")]
    public void PlainIsDialled_WhereNeitherSideHasTls_OrTheOperatorSaysSo(bool hasFiles, bool insecure, string? host, string expected)
    {
        using TestCertificates certificates = new();
        CertificateFiles files = new(certificates.Issue("n1"), TimeProvider.System, static _ => { });

        TlsDialing? terms = new NodeTls(hasFiles ? files : null, insecure).TermsOf(host);

        Assert.Equal(expected, terms switch
        {
            null => "plain",
            NodeDialing node => $"tls of {node.Host}",
            _ => terms.Obstacle.ToString(),
        });
    }

    [Fact]
    public void Terms_AreEqual_ForOneHost_SoThatConnectionsAreShared()
    {
        using TestCertificates certificates = new();
        NodeTls tls = new(new CertificateFiles(certificates.Issue("n1"), TimeProvider.System, static _ => { }), false);

        Assert.Equal(tls.TermsOf("n2"), tls.TermsOf("n2"));
        Assert.NotEqual(tls.TermsOf("n2"), tls.TermsOf("n3"));
    }

    [Fact]
    public void EveryFailure_HasALabelOfItsOwn()
    {
        TlsFailure[] all = Enum.GetValues<TlsFailure>();

        Assert.Equal(all.Length, all.Select(TlsWords.Label).Distinct().Count());
        Assert.Equal("plain_forbidden", TlsWords.Label(TlsFailure.PlainForbidden));
    }
}
