using System.Buffers;
using System.Text;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;

namespace Mesh.Wire.Http2.Heads;

/// <summary>
/// Which fields may stand in a message of HTTP/2 (RFC 9113 section 8.2). Stricter where HTTP/1 could not carry them to the next hop: what would be
/// two lines there, or none, is refused here.
/// </summary>
/// <remarks>Hot path: two vector searches a field.</remarks>
internal static class FieldRules
{
    private static readonly SearchValues<byte> LowerToken = SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Judges a field that is no pseudo field, and tells which name it has.</summary>
    public static RejectReason Judge(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, out KnownField known)
    {
        known = KnownField.Other;
        if (name.IsEmpty || name.Length > ushort.MaxValue || name.ContainsAnyExcept(LowerToken)) return BadName(name);
        if (!IsValue(value)) return RejectReason.InvalidFieldValue;
        known = FieldNames.Find(name);
        switch (known)
        {
            case KnownField.Other:
                return FieldNames.ImitatesFraming(name) ? RejectReason.FramingLookalike : RejectReason.None;
            case KnownField.Connection or KnownField.KeepAlive or KnownField.ProxyConnection or KnownField.TransferEncoding or KnownField.Upgrade:
                return RejectReason.ConnectionSpecificField;
            case KnownField.Te when !Ascii.EqualsIgnoreCase(value, "trailers"u8):
                return RejectReason.ConnectionSpecificField;
            default:
                return RejectReason.None;
        }
    }

    /// <summary>Without control characters, and without white space at its ends (RFC 9113 section 8.2.1).</summary>
    private static bool IsValue(ReadOnlySpan<byte> value) =>
        value.IsEmpty || (!Http1Bytes.IsSpace(value[0]) && !Http1Bytes.IsSpace(value[^1]) && !value.ContainsAny(Http1Bytes.ValueStop));

    private static RejectReason BadName(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && !name.ContainsAnyExcept(Http1Bytes.Token) ? RejectReason.UppercaseFieldName : RejectReason.InvalidFieldName;
}
