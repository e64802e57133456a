using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Wire.Tls;

/// <summary>An endpoint is dialled that is no node: as the config says whom to believe.</summary>
/// <param name="Shelf">Where files are kept read.</param>
/// <param name="Paths">The own certificate, and whom to trust; null: none, and the system's authorities.</param>
/// <param name="Name">What the endpoint's certificate must name; told to it (SNI). Null: whoever answers is believed.</param>
public sealed record EndpointDialing(CertificateShelf Shelf, CertificatePaths? Paths, string? Name) : TlsDialing
{
    public const SslProtocols DefaultVersions = SslProtocols.Tls12 | SslProtocols.Tls13;

    public SslProtocols Versions { get; init; } = DefaultVersions;

    public override SslClientAuthenticationOptions Options(TlsVerdict verdict)
    {
        CertificateSet? set = Paths is null ? null : Shelf.Files(Paths).Current();
        return new SslClientAuthenticationOptions
        {
            TargetHost = Name ?? "",
            ClientCertificateContext = set?.Own,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = Chains.Policy(set?.Authorities),
            RemoteCertificateValidationCallback = Name is null
                ? static (_, certificate, _, _) => certificate is not null
                : (_, certificate, chain, errors) => Chains.Judge(certificate, chain, errors, Name, verdict),
            EnabledSslProtocols = Versions,
            AllowRenegotiation = false,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        };
    }
}
