using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Wire.Tls;

/// <summary>Who a peer's certificate says it is. It was verified before this exists.</summary>
/// <param name="Subject">The distinguished name, RFC 2253.</param>
/// <param name="Names">Subject alternative names: DNS names, IP addresses and URIs (SPIFFE), as written, in their order.</param>
/// <param name="NotAfter">When it expires.</param>
public sealed record PeerCertificate(string Subject, ImmutableArray<string> Names, DateTimeOffset NotAfter)
{
    private const string SubjectAltName = "2.5.29.17";

    /// <summary>Tags of GeneralName.</summary>
    private const int DnsName = 2, Uri = 6, Address = 7;

    /// <summary>Those of <see cref="Names"/> that are DNS names.</summary>
    public ImmutableArray<string> DnsNames { get; init; } = [];

    /// <summary>Those of <see cref="Names"/> that are URIs.</summary>
    public ImmutableArray<string> Uris { get; init; } = [];

    /// <summary>SHA-256 of the whole certificate, in upper case hex; empty where it was not computed.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>Null for no certificate.</summary>
    /// <exception cref="CryptographicException">The names are malformed.</exception>
    public static PeerCertificate? Of(X509Certificate? certificate)
    {
        if (certificate is null) return null;
        using X509Certificate2 copy = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        X509Extension? names = copy.Extensions.FirstOrDefault(extension => extension.Oid?.Value == SubjectAltName);
        ImmutableArray<(int Kind, string Name)> read = names is null ? [] : Read(names.RawData);
        return new PeerCertificate(SubjectOf(copy), [.. read.Select(static each => each.Name)], new DateTimeOffset(copy.NotAfter.ToUniversalTime()))
        {
            DnsNames = [.. read.Where(static each => each.Kind == DnsName).Select(static each => each.Name)],
            Uris = [.. read.Where(static each => each.Kind == Uri).Select(static each => each.Name)],
            Sha256 = Convert.ToHexString(SHA256.HashData(copy.RawDataMemory.Span)),
        };
    }

    /// <summary>Empty where it cannot be read: nobody is trusted for it, so nobody is refused for it.</summary>
    private static string SubjectOf(X509Certificate2 certificate)
    {
        try
        {
            return DistinguishedNames.ToRfc2253(certificate.SubjectName);
        }
        catch (CryptographicException)
        {
            return "";
        }
    }

    /// <summary>GeneralNames of RFC 5280 section 4.2.1.6; kinds that no peer is called by are skipped.</summary>
    private static ImmutableArray<(int Kind, string Name)> Read(byte[] extension)
    {
        try
        {
            var names = ImmutableArray.CreateBuilder<(int, string)>();
            AsnReader reader = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
            while (reader.HasData)
            {
                Asn1Tag tag = reader.PeekTag();
                if (tag is { TagClass: TagClass.ContextSpecific, TagValue: DnsName or Uri })
                    names.Add((tag.TagValue, reader.ReadCharacterString(UniversalTagNumber.IA5String, tag)));
                else if (tag is { TagClass: TagClass.ContextSpecific, TagValue: Address })
                    names.Add((Address, new IPAddress(reader.ReadOctetString(tag)).ToString()));
                else reader.ReadEncodedValue();
            }

            return names.ToImmutable();
        }
        catch (Exception fault) when (fault is AsnContentException or ArgumentException)
        {
            throw new CryptographicException("the subject alternative names are malformed", fault);
        }
    }
}
