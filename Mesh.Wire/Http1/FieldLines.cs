using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>Reads the field lines of a head into its table, and judges the bytes of names and values (RFC 9112 section 5).</summary>
/// <remarks>Hot path: two vector searches a line.</remarks>
internal static class FieldLines
{
    /// <summary>Reads all lines from <paramref name="at"/> to the empty line that ends at <paramref name="headEnd"/>.</summary>
    public static RejectReason Read(byte[] arena, int at, int headEnd, MessageHead head, Http1Limits limits)
    {
        int fieldsEnd = headEnd - 2;
        while (at < fieldsEnd)
        {
            if (head.FieldCount == limits.MaxFields) return RejectReason.TooManyFields;
            ReadOnlySpan<byte> rest = arena.AsSpan(at, headEnd - at);
            int nameLength = rest.IndexOfAnyExcept(Http1Bytes.Token);
            if (nameLength <= 0 || rest[nameLength] != ':') return BadName(rest, nameLength);
            int valueStart = nameLength + 1;
            while (Http1Bytes.IsSpace(rest[valueStart])) valueStart++;
            int valueEnd = valueStart + rest[valueStart..].IndexOfAny(Http1Bytes.ValueStop);
            int lineEnd = valueEnd + 2;
            if (rest[valueEnd] != '\r' || rest[valueEnd + 1] != '\n') return BadValue(rest[valueEnd]);
            while (valueEnd > valueStart && Http1Bytes.IsSpace(rest[valueEnd - 1])) valueEnd--;

            ReadOnlySpan<byte> name = rest[..nameLength];
            KnownField known = FieldNames.Find(name);
            if (known == KnownField.Other && FieldNames.ImitatesFraming(name)) return RejectReason.FramingLookalike;
            head.Mark(known);
            ref Field field = ref head.AddField();
            field.NameStart = at;
            field.NameLength = (ushort)Math.Min(nameLength, ushort.MaxValue);
            field.ValueStart = at + valueStart;
            field.ValueLength = valueEnd - valueStart;
            field.LineEnd = at + lineEnd;
            field.Known = known;
            field.HopByHop = FieldNames.IsHopByHop(known);
            if (field.HopByHop && known != KnownField.TransferEncoding) head.AnyHopByHop = true;
            if (nameLength > ushort.MaxValue) return RejectReason.InvalidFieldName;
            at += lineEnd;
        }

        return RejectReason.None;
    }

    private static RejectReason BadName(ReadOnlySpan<byte> line, int nameLength)
    {
        byte stop = line[nameLength];
        if (stop == '\n') return RejectReason.BareLineFeed;
        if (stop == '\r') return line[nameLength + 1] == '\n' ? RejectReason.MissingColon : RejectReason.BareCarriageReturn;
        if (!Http1Bytes.IsSpace(stop)) return RejectReason.InvalidFieldName;
        if (nameLength == 0) return RejectReason.ObsoleteFolding;
        int next = line[nameLength..].IndexOfAnyExcept((byte)' ', (byte)'\t');
        return line[nameLength + next] == ':' ? RejectReason.SpaceBeforeColon : RejectReason.InvalidFieldName;
    }

    private static RejectReason BadValue(byte stop) => stop switch
    {
        (byte)'\r' => RejectReason.BareCarriageReturn,
        (byte)'\n' => RejectReason.BareLineFeed,
        _ => RejectReason.InvalidFieldValue,
    };
}
