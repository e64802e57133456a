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
/// Revocation lists are not asked: the authority is the operator's own, and a handshake waits for no third party. Host names are compared where
/// the host is known before the handshake; remoting compares them after it, with what the other node says of itself.
/// </remarks>
public static class MutualTls
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>For the side that was dialled.</summary>
    /// <param name="set">The own certificate and authorities.</param>
    /// <param name="verdict">Told what is wrong with the peer's.</param>
    public static SslServerAuthenticationOptions Server(CertificateSet set, TlsVerdict? verdict = null) => new()
    {
        ServerCertificateContext = set.Own,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        AllowRenegotiation = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            IsTrusted(set, certificate, chain, ClientAuthentication, verdict ?? new TlsVerdict()),
    };

    /// <summary>For a node's inbound side: requests come inside.</summary>
    /// <inheritdoc cref="Server"/>
    public static SslServerAuthenticationOptions Node(CertificateSet set, TlsVerdict verdict)
    {
        SslServerAuthenticationOptions options = Server(set, verdict);
        options.ApplicationProtocols = [.. NodeProtocols.Offered];
        return options;
    }

    /// <summary>For the side that dials.</summary>
    /// <param name="set">The own certificate and authorities.</param>
    /// <param name="host">Told to the server (SNI) where it is a name.</param>
    /// <param name="verdict">Told what is wrong with the peer's.</param>
    /// <param name="checksHost">Whether the peer's certificate must speak for the host (<see cref="PeerNames"/>).</param>
    public static SslClientAuthenticationOptions Client(CertificateSet set, string host, TlsVerdict? verdict = null, bool checksHost = false) => new()
    {
        TargetHost = host,
        ClientCertificateContext = set.Own,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        AllowRenegotiation = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            TlsVerdict found = verdict ?? new TlsVerdict();
            return IsTrusted(set, certificate, chain, ServerAuthentication, found) && (!checksHost || SpeaksFor(certificate, host, found));
        },
    };

    private static bool SpeaksFor(X509Certificate? certificate, string host, TlsVerdict verdict)
    {
        try
        {
            PeerCertificate peer = PeerCertificate.Of(certificate)!;
            return PeerNames.MaySpeakFor(peer, host)
                || verdict.Refuse(TlsFailure.WrongName, $"it names {string.Join(", ", peer.Names)} and not {host}");
        }
        catch (CryptographicException fault)
        {
            return verdict.Refuse(TlsFailure.Untrusted, fault.Message);
        }
    }

    private static bool IsTrusted(CertificateSet set, X509Certificate? certificate, X509Chain? sent, string usage, TlsVerdict verdict)
    {
        if (certificate is null) return verdict.Refuse(TlsFailure.NoCertificate, "it showed none");
        try
        {
            using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
            using X509Chain chain = new();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(set.Authorities!);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.DisableCertificateDownloads = true;
            chain.ChainPolicy.ApplicationPolicy.Add(new Oid(usage));
            if (sent is not null) chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
            if (!chain.Build(leaf)) return verdict.Refuse(TlsFailure.Untrusted, TlsVerdict.Words(chain));
            return leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>()
                    .All(extension => extension.EnhancedKeyUsages.Cast<Oid>().Any(use => use.Value == usage))
                || verdict.Refuse(TlsFailure.Untrusted, "it is not made for this use");
        }
        catch (CryptographicException fault)
        {
            return verdict.Refuse(TlsFailure.Untrusted, fault.Message);
        }
    }
}
