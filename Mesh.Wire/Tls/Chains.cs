using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Wire.Tls;

/// <summary>How certificates of those who are no nodes are judged: by the framework, which knows RFC 6125 and the system's authorities.</summary>
internal static class Chains
{
    /// <param name="authorities">Whom a certificate must come from; null: one that the system trusts.</param>
    public static X509ChainPolicy Policy(X509Certificate2Collection? authorities)
    {
        X509ChainPolicy policy = new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (authorities is null) return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    /// <summary>Whether the framework found nothing wrong; else the verdict is told what.</summary>
    /// <param name="certificate">Of the peer.</param>
    /// <param name="chain">As it was built.</param>
    /// <param name="errors">As they were found.</param>
    /// <param name="name">What it should name.</param>
    /// <param name="verdict">Is told.</param>
    public static bool Judge(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, string name, TlsVerdict verdict)
    {
        if (certificate is null) return verdict.Refuse(TlsFailure.NoCertificate, "it showed none");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            return verdict.Refuse(TlsFailure.Untrusted, chain is null ? "it has no chain" : TlsVerdict.Words(chain));
        return errors == SslPolicyErrors.None || verdict.Refuse(TlsFailure.WrongName, $"it names {Names(certificate)} and not {name}");
    }

    private static string Names(X509Certificate certificate)
    {
        try
        {
            PeerCertificate peer = PeerCertificate.Of(certificate)!;
            return peer.Names.IsEmpty ? peer.Subject : string.Join(", ", peer.Names);
        }
        catch (CryptographicException)
        {
            return certificate.Subject;
        }
    }
}
