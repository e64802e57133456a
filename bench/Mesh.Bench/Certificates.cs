using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Bench;

/// <summary>An authority and one certificate of it for <see cref="Name"/>, made anew for each run: P-256, as most servers have by now.</summary>
internal static class Certificates
{
    public const string Name = "origin.test";

    /// <summary>Files below the work folder: the authority, the certificate, its key, and the last two in one file as HAProxy wants them.</summary>
    public sealed record Files(string Authority, string Certificate, string Key, string Both);

    public static Files Write()
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest rootRequest = new("CN=bench", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        rootRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(rootRequest.PublicKey, false));
        using X509Certificate2 root = rootRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={Name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(Name);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 leaf = request.Create(root, now.AddDays(-1), now.AddDays(29), RandomNumberGenerator.GetBytes(16));

        string certificate = leaf.ExportCertificatePem() + "\n";
        string secret = key.ExportPkcs8PrivateKeyPem() + "\n";
        return new Files(
            Layout.Write("tls/authority.pem", root.ExportCertificatePem() + "\n"),
            Layout.Write("tls/certificate.pem", certificate),
            Layout.Write("tls/key.pem", secret),
            Layout.Write("tls/both.pem", certificate + secret));
    }

    /// <summary>Where a file is, for configurations that are not read at the repository's root.</summary>
    public static string At(string file) => Path.Combine(Layout.Root, file);
}
