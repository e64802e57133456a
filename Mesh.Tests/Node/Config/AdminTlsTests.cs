using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>Certificates and keys that admin's TLS names are looked at when the config is checked.</summary>
public sealed class AdminTlsTests : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Dictionary<string, string> _files = [];

    public AdminTlsTests()
    {
        var request = new CertificateRequest("CN=admin", _key, HashAlgorithmName.SHA256);
        var from = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using X509Certificate2 certificate = request.CreateSelfSigned(from, from.AddYears(100));
        _files["cert.pem"] = certificate.ExportCertificatePem();
        _files["key.pem"] = _key.ExportPkcs8PrivateKeyPem();
        _files["ec.pem"] = _key.ExportECPrivateKeyPem();
        _files["other.pem"] = _otherKey.ExportPkcs8PrivateKeyPem();
        var locked = new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, iterationCount: 1);
        _files["locked.pem"] = _key.ExportEncryptedPkcs8PrivateKeyPem("x", locked);
        _files["broken.pem"] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        _files["text.pem"] = "words";
    }

    public void Dispose()
    {
        _key.Dispose();
        _otherKey.Dispose();
    }

    [Theory]
    [InlineData("key.pem")]
    [InlineData("ec.pem")]
    public void CertificateAndItsKey_Load(string key)
    {
        ConfigResult result = Load(
            $"certPath: cert.pem, keyPath: {key}, caCertPath: cert.pem, intermediateCertsPath: cert.pem, requireClientAuth: true");

        Assert.Empty(result.Faults);
        Assert.Equal(new AdminTlsConfig("cert.pem", key, "cert.pem", "cert.pem", true), result.Config!.Admin.Tls);
    }

    [Theory]
    [InlineData("certPath: cert.pem", "f:5:14: `tls` needs `keyPath`")]
    [InlineData("certPath: none.pem, keyPath: key.pem", "f:5:25: `certPath` names `none.pem`, which is no file that can be read here")]
    [InlineData("certPath: text.pem, keyPath: key.pem", "f:5:25: `certPath` names `text.pem`, which holds no certificate; it must be PEM")]
    [InlineData("certPath: broken.pem, keyPath: key.pem", "f:5:25: `certPath` names `broken.pem`, which holds a damaged certificate")]
    [InlineData("certPath: cert.pem, keyPath: cert.pem", "f:5:44: `keyPath` names `cert.pem`, which holds no private key; it must be PEM")]
    [InlineData("certPath: cert.pem, keyPath: locked.pem", "f:5:44: `keyPath` names `locked.pem`, which holds a key under a password")]
    [InlineData("certPath: cert.pem, keyPath: other.pem", "f:5:44: `keyPath` is not the key of the certificate in `cert.pem`")]
    [InlineData("certPath: cert.pem, keyPath: key.pem, caCertPath: text.pem", "f:5:65: `caCertPath` names `text.pem`, which holds no certificate")]
    [InlineData("certPath: cert.pem, keyPath: key.pem, ciphers: [x]", "f:5:53: `ciphers` is not supported")]
    public void WhatCannotServe_IsAFault(string keys, string begins)
    {
        string fault = Assert.Single(Loading.Lines(Load(keys).Faults));

        Assert.StartsWith(begins, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void ClientCertificatesOfThePublicAuthorities_AreDoubted()
    {
        ConfigResult result = Load("certPath: cert.pem, keyPath: key.pem, requireClientAuth: true");

        string warning = Assert.Single(Loading.Lines(result.Warnings));
        Assert.StartsWith("f:5:72: `requireClientAuth` without `caCertPath`", warning, StringComparison.Ordinal);
    }

    private ConfigResult Load(string keys) => ConfigLoader.Load(
        "f", Loading.Minimal + $"admin: {{tls: {{{keys}}}}}\n", [], Loading.Hooks with { ReadFile = file => _files.GetValueOrDefault(file) });
}
