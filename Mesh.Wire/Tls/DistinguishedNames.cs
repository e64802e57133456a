using System.Collections.Frozen;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mesh.Wire.Tls;

/// <summary>Distinguished names as text, RFC 2253: the last part first, <c>CN=web,O=Acme,C=US</c>.</summary>
/// <remarks>The framework's own text has spaces and quotes in it. As Java's X500Principal.getName has it, which Linkerd told.</remarks>
internal static class DistinguishedNames
{
    private static readonly FrozenSet<UniversalTagNumber> s_texts =
    [
        UniversalTagNumber.UTF8String, UniversalTagNumber.PrintableString, UniversalTagNumber.IA5String, UniversalTagNumber.T61String,
        UniversalTagNumber.BMPString, UniversalTagNumber.NumericString,
    ];

    /// <exception cref="CryptographicException">It is malformed.</exception>
    public static string ToRfc2253(X500DistinguishedName name)
    {
        try
        {
            return string.Join(',', name.EnumerateRelativeDistinguishedNames(reversed: true).Select(Part));
        }
        catch (AsnContentException fault)
        {
            throw new CryptographicException("the subject is malformed", fault);
        }
    }

    /// <summary>One or, seldom, more attributes: <c>CN=a+OU=b</c>.</summary>
    private static string Part(X500RelativeDistinguishedName part)
    {
        List<string> attributes = [];
        AsnReader set = new AsnReader(part.RawData, AsnEncodingRules.DER, new AsnReaderOptions { SkipSetSortOrderVerification = true }).ReadSetOf();
        while (set.HasData) attributes.Add(Attribute(set.ReadSequence()));
        return string.Join('+', attributes);
    }

    private static string Attribute(AsnReader attribute)
    {
        string type = attribute.ReadObjectIdentifier();
        ReadOnlyMemory<byte> value = attribute.ReadEncodedValue();
        if (KeywordOf(type) is not { } keyword) return $"{type}=#{Convert.ToHexStringLower(value.Span)}";
        AsnReader text = new(value, AsnEncodingRules.DER);
        Asn1Tag tag = text.PeekTag();
        bool isText = tag.TagClass == TagClass.Universal && s_texts.Contains((UniversalTagNumber)tag.TagValue);
        return isText && TryRead(text, (UniversalTagNumber)tag.TagValue) is { } read
            ? $"{keyword}={Escaped(read)}"
            : $"{keyword}=#{Convert.ToHexStringLower(value.Span)}";
    }

    /// <summary>Null: it has characters that its kind of text has not, such as <c>_</c> in a PrintableString; some authorities write such.</summary>
    private static string? TryRead(AsnReader text, UniversalTagNumber kind)
    {
        try
        {
            return text.ReadCharacterString(kind);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>RFC 2253 section 2.3; all others are told by number.</summary>
    private static string? KeywordOf(string type) => type switch
    {
        "2.5.4.3" => "CN",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.6" => "C",
        "2.5.4.9" => "STREET",
        "0.9.2342.19200300.100.1.25" => "DC",
        "0.9.2342.19200300.100.1.1" => "UID",
        _ => null,
    };

    /// <summary>RFC 2253 section 2.4.</summary>
    private static string Escaped(string value)
    {
        StringBuilder text = new(value.Length);
        for (int i = 0; i < value.Length; i++)
        {
            bool isEdge = (value[i] == ' ' && (i == 0 || i == value.Length - 1)) || (value[i] == '#' && i == 0);
            if (isEdge || value[i] is ',' or '+' or '"' or '\\' or '<' or '>' or ';') text.Append('\\');
            text.Append(value[i]);
        }

        return text.ToString();
    }
}
