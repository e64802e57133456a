using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Node.Proxy.Context;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.Wire.Tls;

/// <summary>Subjects as RFC 2253 writes them, and so Linkerd in <c>x-forwarded-client-cert</c>.</summary>
public sealed class DistinguishedNamesTests
{
    [Theory]
    [InlineData("web", "Acme", "CN=web,O=Acme,C=US")]
    [InlineData("a, b", "A+B <c>; \\d", @"CN=a\, b,O=A\+B \<c\>\; \\d,C=US")]
    [InlineData(" x ", "#1 \"x\"", @"CN=\ x\ ,O=\#1 \""x\"",C=US")]
    public void LastPartFirst_WithoutSpaces_AndWhatMeansMoreIsEscaped(string common, string organization, string expected)
    {
        X500DistinguishedNameBuilder builder = new();
        builder.AddCommonName(common);
        builder.AddOrganizationName(organization);
        builder.AddCountryOrRegion("US");

        Assert.Equal(expected, DistinguishedNames.ToRfc2253(builder.Build()));
    }

    [Fact]
    public void KindsWithoutAKeyword_AreToldByNumber_AndSeveralOfOnePartByPlus()
    {
        X500DistinguishedNameBuilder builder = new();
        builder.AddEmailAddress("a@b");
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSetOf())
        {
            foreach ((string type, string value) in new[] { ("2.5.4.3", "a"), ("2.5.4.11", "b") })
            {
                using AsnWriter.Scope _ = writer.PushSequence();
                writer.WriteObjectIdentifier(type);
                writer.WriteCharacterString(UniversalTagNumber.UTF8String, value);
            }
        }

        Assert.Equal("1.2.840.113549.1.9.1=#1603614062", DistinguishedNames.ToRfc2253(builder.Build()));
        Assert.Equal("CN=a+OU=b", DistinguishedNames.ToRfc2253(new X500DistinguishedName(writer.Encode())));
        Assert.Equal("", DistinguishedNames.ToRfc2253(new X500DistinguishedNameBuilder().Build()));
    }

    [Fact]
    public void TextThatIsNotOfItsKind_IsToldByItsBytes_AndRefusesNobody()
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("2.5.4.3");
            // PrintableString has no underscore.
            writer.WriteEncodedValue([0x13, 0x03, (byte)'a', (byte)'_', (byte)'b']);
        }

        X500DistinguishedName name = new(writer.Encode());
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest(name, key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));

        Assert.Equal("CN=#1303615f62", DistinguishedNames.ToRfc2253(name));
        Assert.Equal("CN=#1303615f62", PeerCertificate.Of(certificate)!.Subject);
    }

    [Fact]
    public void MalformedSubject_IsToldAsSuch() => Assert.ThrowsAny<CryptographicException>(
        static () => DistinguishedNames.ToRfc2253(new X500DistinguishedName([0x30, 0x04, 0x31, 0x02, 0x30, 0x00])));

    [Theory]
    [InlineData(@"O=Acme\, Inc,CN=\""x\""", @";Subject=""O=Acme\, Inc,CN=\""x\""""")]
    [InlineData("", "")]
    public void Line_TellsItAsItIs(string subject, string expected) => Assert.Equal(
        "x-forwarded-client-cert: Hash=AB" + expected + "\r\n",
        System.Text.Encoding.Latin1.GetString(ClientCertificateField.LineOf(new PeerCertificate(subject, [], default) { Sha256 = "AB" })));

    [Fact]
    public void LongSubject_IsCutShort_AndDoesNotEscapeTheEnd()
    {
        string subject = "CN=" + new string('x', ClientCertificateField.MaxValue - 4) + @"\\""";

        string line = System.Text.Encoding.Latin1.GetString(ClientCertificateField.LineOf(new PeerCertificate(subject, [], default)));

        Assert.EndsWith("xxx\"\r\n", line, StringComparison.Ordinal);
    }
}
