using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Wire.Tls;

/// <summary>How a server for everybody secures what it accepts; clients show a certificate where it is asked for.</summary>
/// <param name="Files">The own certificate, and the authorities of clients' where they are named.</param>
public sealed record ServerTerms(CertificateFiles Files)
{
    /// <summary>A client without a certificate of a trusted authority is not taken. Else none is asked for.</summary>
    public bool RequiresClient { get; init; }

    public SslProtocols Versions { get; init; } = EndpointDialing.DefaultVersions;

    /// <summary>Which suites may be used; empty: the system's policy decides. Sessions are not resumed where they are named.</summary>
    public ImmutableArray<TlsCipherSuite> Ciphers { get; init; } = [];

    /// <summary>What may be spoken inside (ALPN), the preferred first. Who offers nothing is known by its first bytes.</summary>
    public ImmutableArray<SslApplicationProtocol> Protocols { get; init; } =
        [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    /// <summary>For a handshake that begins now. On the thread pool: reads files.</summary>
    /// <param name="verdict">Told what is wrong with the client's certificate.</param>
    public SslServerAuthenticationOptions Options(TlsVerdict verdict)
    {
        CertificateSet set = Files.Current();
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = set.Own,
            ClientCertificateRequired = RequiresClient,

            // As between nodes: what a resumed session has not got is judged to be missing.
            AllowTlsResume = !RequiresClient,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = RequiresClient ? Chains.Policy(set.Authorities) : null,
            RemoteCertificateValidationCallback = RequiresClient
                ? (_, certificate, chain, errors) => Chains.Judge(certificate, chain, errors, "", verdict)
                : null,
            EnabledSslProtocols = Versions & Served(Ciphers),
            CipherSuitesPolicy = Suites(),
            AllowRenegotiation = false,
            ApplicationProtocols = [.. Protocols],
        };
    }

    /// <summary>
    /// The versions that these suites serve: those of TLS 1.3 are its own (RFC 8446 section B.4), and OpenSSL takes no version without a suite.
    /// </summary>
    public static SslProtocols Served(ImmutableArray<TlsCipherSuite> ciphers) => ciphers.IsEmpty
        ? EndpointDialing.DefaultVersions
        : ciphers.Aggregate(
            SslProtocols.None,
            static (all, suite) => all | (IsOf13(suite) ? SslProtocols.Tls13 : SslProtocols.Tls12));

    private static bool IsOf13(TlsCipherSuite suite) =>
        suite is >= TlsCipherSuite.TLS_AES_128_GCM_SHA256 and <= TlsCipherSuite.TLS_AES_128_CCM_8_SHA256;

    private CipherSuitesPolicy? Suites()
    {
        if (Ciphers.IsEmpty || OperatingSystem.IsWindows()) return null;
#pragma warning disable CA1416 // Guarded above; Android has no such node.
        return new CipherSuitesPolicy(Ciphers);
#pragma warning restore CA1416
    }
}
