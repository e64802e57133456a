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

    /// <summary>What this side would speak inside (ALPN), the preferred first.</summary>
    public HttpOffer Offer { get; init; } = HttpOffer.Http1;

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
            ApplicationProtocols = [.. Offer.Protocols()],
        };
    }
}

/// <summary>Which versions of HTTP a dialling side offers (ALPN).</summary>
public enum HttpOffer : byte
{
    Http1 = 0,
    Http2,

    /// <summary>Both, HTTP/2 preferred.</summary>
    Either,

    /// <summary>No word of what is spoken inside: nobody here knows.</summary>
    Nothing,
}

/// <summary>Offers in the words of ALPN.</summary>
internal static class HttpOffers
{
    public static IEnumerable<SslApplicationProtocol> Protocols(this HttpOffer offer) => offer switch
    {
        HttpOffer.Http1 => [SslApplicationProtocol.Http11],
        HttpOffer.Http2 => [SslApplicationProtocol.Http2],
        HttpOffer.Nothing => [],
        _ => [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
    };
}
