using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>Judges Content-Length and Transfer-Encoding: the fields over which two recipients must never disagree (RFC 9112 section 6).</summary>
internal static class FramingFields
{
    /// <summary>Half of the signed range, so that sums of a length and an offset cannot overflow.</summary>
    public const long MaxLength = long.MaxValue / 2;

    /// <summary>Reads all Content-Length fields; identical repeats count as one (RFC 9112 section 6.3).</summary>
    public static RejectReason ReadLength(MessageHead head, out long length)
    {
        length = -1;
        for (int i = 0; i < head.FieldCount; i++)
        {
            if (head.FieldTable[i].Known != KnownField.ContentLength) continue;
            ReadOnlySpan<byte> value = head.Value(head.FieldTable[i]);
            bool canonical = value.Length == 1 || (value.Length > 0 && value[0] != '0' && !value.Contains((byte)','));
            if (canonical) head.ContentLengthField = i;
            do
            {
                if (!TryReadNumber(Http1Bytes.NextMember(ref value), out long member)) return RejectReason.InvalidContentLength;
                if (length >= 0 && member != length) return RejectReason.ConflictingContentLength;
                length = member;
            }
            while (!value.IsEmpty);
            if (head.Value(head.FieldTable[i]) is [.., (byte)',']) return RejectReason.InvalidContentLength;
        }

        if (head.IsRepeated(KnownField.ContentLength)) head.ContentLengthField = -1;
        return RejectReason.None;
    }

    /// <summary>Judges all Transfer-Encoding fields; without a reason the message is chunked.</summary>
    public static RejectReason ReadTransferEncoding(MessageHead head)
    {
        bool chunked = false, other = false;
        for (int i = 0; i < head.FieldCount; i++)
        {
            if (head.FieldTable[i].Known != KnownField.TransferEncoding) continue;
            ReadOnlySpan<byte> value = head.Value(head.FieldTable[i]);
            if (Ascii.EqualsIgnoreCase(value, "chunked"u8) && !chunked)
            {
                chunked = true;
                head.TransferEncodingField = i;
                continue;
            }

            do
            {
                ReadOnlySpan<byte> coding = Http1Bytes.NextMember(ref value);
                bool isChunked = Ascii.EqualsIgnoreCase(coding, "chunked"u8);
                if (coding.IsEmpty || chunked || !(isChunked || IsCoding(coding))) return RejectReason.InvalidTransferEncoding;
                chunked = isChunked;
                other |= !isChunked;
            }
            while (!value.IsEmpty);
        }

        if (!chunked || head.TransferEncodingField < 0 && !other) return RejectReason.InvalidTransferEncoding;
        return other ? RejectReason.UnsupportedTransferCoding : RejectReason.None;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> digits, out long number)
    {
        number = 0;
        if (digits.IsEmpty) return false;
        foreach (byte digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit) || number > (MaxLength - 9) / 10) return false;
            number = number * 10 + (digit - '0');
        }

        return true;
    }

    /// <summary>A token, perhaps with parameters; they are not judged, because no such coding is taken anyway.</summary>
    private static bool IsCoding(ReadOnlySpan<byte> coding)
    {
        int semicolon = coding.IndexOf((byte)';');
        ReadOnlySpan<byte> name = semicolon < 0 ? coding : Http1Bytes.Trim(coding[..semicolon]);
        return !name.IsEmpty && !name.ContainsAnyExcept(Http1Bytes.Token);
    }
}
