using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>Whether files hold the certificates and keys that a config says they do: cheap enough for each check of a config.</summary>
internal static class TlsFiles
{
    /// <summary>What is wrong with a file of certificates, or null.</summary>
    public static string? JudgeCertificates(string text, CheckContext context)
    {
        using var certificates = new CertificateList();
        try
        {
            certificates.All.ImportFromPem(text);
        }
        catch (CryptographicException)
        {
            return "which holds a damaged certificate; write it again as PEM";
        }

        return certificates.All.Count > 0 ? null : "which holds no certificate; it must be PEM: `-----BEGIN CERTIFICATE-----` and so on";
    }

    /// <summary>What is wrong with a file of a private key, or null.</summary>
    public static string? JudgeKey(string text, CheckContext context)
    {
        const string Wanted = "it must be PEM: `-----BEGIN PRIVATE KEY-----` and so on";
        ReadOnlySpan<char> rest = text;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            ReadOnlySpan<char> label = rest[fields.Label];
            if (label is "PRIVATE KEY" or "RSA PRIVATE KEY" or "EC PRIVATE KEY") return null;
            if (label is "ENCRYPTED PRIVATE KEY") return "which holds a key under a password; write it without one (`openssl pkcs8 -topk8 -nocrypt`)";
            rest = rest[fields.Location.End..];
        }

        return $"which holds no private key; {Wanted}";
    }

    /// <summary>Reports a key that is not its certificate's; files that are wrong by themselves are reported by their own keys.</summary>
    public static void CheckPair(SectionView view, FileKey certificateKey, FileKey privateKey, CheckContext context)
    {
        if (view.Get(certificateKey) is not { } certPath || view.Get(privateKey) is not { } keyPath) return;
        if (context.Hooks.ReadFile(certPath) is not { } certificate || context.Hooks.ReadFile(keyPath) is not { } key) return;
        if (JudgeCertificates(certificate, context) is not null || JudgeKey(key, context) is not null || Belong(certificate, key)) return;
        context.Faults.Fault(view.At(privateKey),
            $"`{privateKey.Name}` is not the key of the certificate in {Quoting.Quote(certPath)}; name the key that it was made with");
    }

    /// <summary>True where the key is that of the first certificate.</summary>
    private static bool Belong(string certificate, string key)
    {
        try
        {
            using var pair = X509Certificate2.CreateFromPem(certificate, key);
            return pair.HasPrivateKey;
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Certificates that are let go of together.</summary>
    private sealed class CertificateList : IDisposable
    {
        public X509Certificate2Collection All { get; } = [];

        public void Dispose()
        {
            foreach (X509Certificate2 certificate in All) certificate.Dispose();
        }
    }
}
