using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Tests.Node.Admin;

/// <summary>An authority of a test, and what it signs, as PEM.</summary>
internal sealed class TestCertificates : IDisposable
{
    private static readonly DateTimeOffset s_start = TimeProvider.System.GetUtcNow().AddDays(-1);
    private static readonly DateTimeOffset s_end = s_start.AddDays(2);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestCertificates(string name)
    {
        CertificateRequest request = new($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Authority = request.CreateSelfSigned(s_start, s_end);
    }

    public X509Certificate2 Authority { get; }

    /// <summary>A certificate of this authority with its key, for localhost.</summary>
    public X509Certificate2 Sign(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        byte[] serial = new byte[8];
        RandomNumberGenerator.Fill(serial.AsSpan(1));
        using X509Certificate2 signed = request.Create(Authority, s_start, s_end, serial);
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>Writes a new pair to these files.</summary>
    public void Write(string name, string certPath, string keyPath)
    {
        using X509Certificate2 pair = Sign(name);
        File.WriteAllText(certPath, pair.ExportCertificatePem());
        File.WriteAllText(keyPath, pair.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        Authority.Dispose();
        _key.Dispose();
    }
}
