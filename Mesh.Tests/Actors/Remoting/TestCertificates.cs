using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Wire.Tls;

namespace Mesh.Tests.Actors.Remoting;

/// <summary>An authority of one test, and the files of those for whom it vouches.</summary>
internal sealed class TestCertificates : IDisposable
{
    private const string Server = "1.3.6.1.5.5.7.3.1";
    private const string Client = "1.3.6.1.5.5.7.3.2";

    private static readonly DateTimeOffset s_from = TimeProvider.System.GetUtcNow().AddDays(-10);
    private readonly X509Certificate2 _authority;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-tls-");

    public TestCertificates(string name = "test authority")
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _authority = request.CreateSelfSigned(s_from, s_from.AddYears(5));
    }

    public string AuthorityPem => _authority.ExportCertificatePem();

    /// <summary>Writes a node's certificate, key and authorities.</summary>
    /// <param name="name">Of the node.</param>
    /// <param name="expired">Its time is over.</param>
    /// <param name="client">It is made for those who dial.</param>
    /// <param name="server">It is made for those who are dialled.</param>
    /// <param name="authorities">Whom it trusts; null: this one.</param>
    /// <param name="address">It speaks for.</param>
    /// <param name="isBehindAnother">An intermediate authority signs it, whose certificate stands in the same file.</param>
    /// <param name="issuerAt">Where its issuer's certificate is to be had, as it says.</param>
    public CertificatePaths Issue(
        string name, bool expired = false, bool client = true, bool server = true, string? authorities = null, string address = "127.0.0.1",
        bool isBehindAnother = false, Uri? issuerAt = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        OidCollection uses = [];
        if (server) uses.Add(new Oid(Server));
        if (client) uses.Add(new Oid(Client));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, false));
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(name);
        names.AddUri(new Uri($"spiffe://test/{name}"));
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset until = expired ? s_from.AddDays(1) : s_from.AddYears(1);
        if (issuerAt is not null) request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [issuerAt.ToString()]));
        using X509Certificate2? between = isBehindAnother ? Intermediate() : null;
        using X509Certificate2 leaf = request.Create(between ?? _authority, s_from, until, RandomNumberGenerator.GetBytes(8));
        CertificatePaths paths = new(At($"{name}.crt"), At($"{name}.key"), At($"{name}.ca"));
        File.WriteAllText(paths.Certificate!, leaf.ExportCertificatePem() + "\n" + between?.ExportCertificatePem());
        File.WriteAllText(paths.Key!, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(paths.Authorities!, authorities ?? AuthorityPem);
        return paths;
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private X509Certificate2 Intermediate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=between", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using X509Certificate2 signed = request.Create(_authority, s_from, s_from.AddYears(2), RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    private string At(string file) => Path.Combine(_folder.FullName, file);
}
