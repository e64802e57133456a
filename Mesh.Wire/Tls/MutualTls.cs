using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Wire.Tls;

/// <summary>
/// How two nodes prove to each other who they are: TLS 1.2 or 1.3, a certificate on both sides, each chained to the own authorities and made for
/// its part (client or server).
/// </summary>
/// <remarks>
/// Revocation lists are not asked: the authority is the operator's own, and a handshake waits for no third party. Host names are not compared
/// either: a node is known by the names in its certificate, which whoever opened the connection compares with what it expects.
/// </remarks>
public static class MutualTls
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>For the side that was dialled.</summary>
    public static SslServerAuthenticationOptions Server(CertificateSet set) => new()
    {
        ServerCertificateContext = set.Own,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        AllowRenegotiation = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, chain, _) => IsTrusted(set, certificate, chain, ClientAuthentication),
    };

    /// <summary>For the side that dials.</summary>
    /// <param name="set">The own certificate and authorities.</param>
    /// <param name="host">Told to the server (SNI) where it is a name.</param>
    public static SslClientAuthenticationOptions Client(CertificateSet set, string host) => new()
    {
        TargetHost = host,
        ClientCertificateContext = set.Own,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        AllowRenegotiation = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, chain, _) => IsTrusted(set, certificate, chain, ServerAuthentication),
    };

    private static bool IsTrusted(CertificateSet set, X509Certificate? certificate, X509Chain? sent, string usage)
    {
        if (certificate is null) return false;
        try
        {
            using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
            using X509Chain chain = new();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(set.Authorities);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.DisableCertificateDownloads = true;
            chain.ChainPolicy.ApplicationPolicy.Add(new Oid(usage));
            if (sent is not null) chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
            return chain.Build(leaf) && leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>()
                .All(extension => extension.EnhancedKeyUsages.Cast<Oid>().Any(use => use.Value == usage));
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
