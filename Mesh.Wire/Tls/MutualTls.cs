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
        // The framework judges the client's chain in each handshake, and in a resumed one it has not got what the client sent beside its certificate.
        AllowTlsResume = false,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        AllowRenegotiation = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = Chains.Policy(set.Authorities),
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            IsTrusted(certificate, chain, errors, ClientAuthentication, verdict ?? new TlsVerdict()),
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
        CertificateChainPolicy = Chains.Policy(set.Authorities),
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
        {
            TlsVerdict found = verdict ?? new TlsVerdict();
            return IsTrusted(certificate, chain, errors, ServerAuthentication, found) && (!checksHost || SpeaksFor(certificate, host, found));
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

    /// <summary>The framework has built the chain, by the own authorities alone; how a certificate may be used it judges too mildly.</summary>
    private static bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, string usage, TlsVerdict verdict)
    {
        if (certificate is null) return verdict.Refuse(TlsFailure.NoCertificate, "it showed none");
        if (chain is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            return verdict.Refuse(TlsFailure.Untrusted, chain is null ? "it has no chain" : TlsVerdict.Words(chain));
        try
        {
            return chain.ChainElements[0].Certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()
                    .All(extension => extension.EnhancedKeyUsages.Cast<Oid>().Any(use => use.Value == usage))
                || verdict.Refuse(TlsFailure.Untrusted, "it is not made for this use");
        }
        catch (CryptographicException fault)
        {
            return verdict.Refuse(TlsFailure.Untrusted, fault.Message);
        }
    }
}
