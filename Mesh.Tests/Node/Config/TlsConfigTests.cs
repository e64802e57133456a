using Mesh.Node.Config;
using Mesh.Tests.Actors.Remoting;
using Mesh.Wire.Tls;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.Config;

/// <summary><c>tls</c> of servers and clients: what loads, and what cannot be meant.</summary>
public sealed class TlsConfigTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly CertificatePaths _one;
    private readonly CertificatePaths _other;

    public TlsConfigTests() => (_one, _other) = (_certificates.Issue("one"), _certificates.Issue("other"));

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("    tls: {keyPath: KEY}\n", "`tls` needs `certPath`")]
    [InlineData("    tls: {certPath: CERT, keyPath: OTHER}\n", "`keyPath` is not the key of the certificate")]
    [InlineData("    tls: {certPath: /missing, keyPath: KEY}\n", "`certPath` names `/missing`, which is no file that can be read here")]
    [InlineData("    tls: {certPath: CERT, keyPath: KEY, protocols: [TLSv1.1]}\n", "`TLSv1.2` or `TLSv1.3` (older ones are not supported")]
    [InlineData("    tls: {certPath: CERT, keyPath: KEY, ciphers: [RC4]}\n", "a cipher suite by its IANA name")]
    [InlineData(
        "    tls: {certPath: CERT, keyPath: KEY, protocols: [TLSv1.2], ciphers: [TLS_AES_128_GCM_SHA256]}\n",
        "`ciphers` names no suite of a version")]
    [InlineData("    tls: {certPath: CERT, keyPath: KEY, kyePath: KEY}\n", "unknown key `kyePath` in `tls`")]
    [InlineData("  client: {tls: {}}\n", "`tls` has no `commonName`")]
    [InlineData("  client: {tls: {comonName: a}}\n", "did you mean `commonName`?")]
    [InlineData("  client: {tls: {disableValidation: true, clientAuth: {certPath: CERT, keyPath: KEY}}}\n", "`clientAuth` with `disableValidation`")]
    [InlineData("  client: {tls: {commonName: a, trustCerts: [CERT], trustCertsBundle: CERT}}\n", "are one thing")]
    [InlineData("  client: {tls: {commonName: a, clientAuth: {certPath: CERT}}}\n", "`clientAuth` needs `keyPath`")]
    [InlineData(
        "  client: {kind: io.l5d.static, configs: [{prefix: '/#/io.l5d.fs/{service}', tls: {commonName: '{name}.internal'}}]}\n",
        "which `prefix` does not capture")]
    public void WhatCannotBeMeant_IsSaid(string text, string expected)
    {
        ConfigResult result = Load(text);

        Assert.Contains(result.Faults, fault => fault.ToString().Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("    tls: {certPath: CERT, keyPath: KEY, requireClientAuth: true}\n", "any authority that this system trusts")]
    [InlineData("    tls: {certPath: CERT, keyPath: KEY, caCertPath: CERT}\n", "`caCertPath` has no effect without `requireClientAuth: true`")]
    [InlineData("  client: {tls: {disableValidation: true}}\n", "believes whoever answers")]
    public void WhatIsDoubtful_Loads_WithAWord(string text, string expected)
    {
        ConfigResult result = Load(text);

        Assert.Empty(Loading.Lines(result.Faults));
        Assert.Contains(result.Warnings, warning => warning.ToString().Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void CommonName_IsFilledByItsOwnPrefix_AndALaterRuleReplacesTheWholeSection()
    {
        ConfigResult result = Load(
            "  client: {kind: io.l5d.static, configs: [{prefix: '/#/io.l5d.fs/{service}', tls: {commonName: '{service}.internal'}}, "
            + "{prefix: '/#/*/{service}', connectTimeoutMs: 5}, {prefix: '/#/io.l5d.fs/web', tls: {enabled: false}}, "
            + "{prefix: '/#/{namer}/db', tls: {commonName: '{namer}', trustCerts: [CERT]}}]}\n");
        PolicyConfig<ClientConfig> client = result.Config!.Routers[0].Client;

        Assert.Equal("users.internal", client.For(Path.Parse("/#/io.l5d.fs/users")).Tls!.CommonName);
        Assert.Null(client.For(Path.Parse("/#/io.l5d.fs/web")).Tls);
        ClientTlsConfig later = client.For(Path.Parse("/#/io.l5d.fs/db")).Tls!;
        Assert.Equal(("io.l5d.fs", 1), (later.CommonName, later.TrustCerts.Count));
        Assert.Null(client.For(Path.Parse("/$/inet/1/2")).Tls);
    }

    private ConfigResult Load(string text)
    {
        string written = text.Replace("CERT", _one.Certificate, StringComparison.Ordinal)
            .Replace("OTHER", _other.Key, StringComparison.Ordinal).Replace("KEY", _one.Key, StringComparison.Ordinal);
        return ConfigLoader.Load(
            "f", Loading.Minimal + written, [], Loading.Hooks with { ReadFile = static file => File.Exists(file) ? File.ReadAllText(file) : null });
    }
}
