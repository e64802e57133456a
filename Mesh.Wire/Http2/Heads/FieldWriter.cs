using System.Buffers.Text;
using System.Text;
using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Http2.Heads;

/// <summary>Packs the fields of one block, one after the other.</summary>
/// <remarks>Hot path; lives on the stack.</remarks>
internal ref struct FieldWriter
{
    /// <summary>A name in capitals up to this is lowered on the stack; longer ones are rare and borrow memory.</summary>
    private const int CommonNameBytes = 64;
    private readonly HpackEncoder _encoder;
    private readonly Span<byte> _room;

    public FieldWriter(HpackEncoder encoder, Span<byte> room)
    {
        _encoder = encoder;
        _room = room;
        Length = encoder.WriteSizeUpdates(room);
    }

    /// <summary>Bytes of the block so far.</summary>
    public int Length { get; private set; }

    /// <summary>A field whose name is in lower case.</summary>
    public void Write(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, bool neverIndexed = false) =>
        Length += _encoder.Write(_room[Length..], name, value, neverIndexed);

    public void WriteStatus(int status)
    {
        Span<byte> digits = [(byte)('0' + status / 100), (byte)('0' + status / 10 % 10), (byte)('0' + status % 10)];
        Write(":status"u8, digits);
    }

    public void WriteLength(long length)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(length, digits, out int written);
        Write("content-length"u8, digits[..written]);
    }

    /// <summary>A field whose name is in any case.</summary>
    public void WriteAnyCase(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, bool neverIndexed)
    {
        if (!name.ContainsAnyInRange((byte)'A', (byte)'Z'))
        {
            Write(name, value, neverIndexed);
            return;
        }

        byte[]? borrowed = name.Length > CommonNameBytes ? BufferPool.Rent(name.Length) : null;
        Span<byte> lower = borrowed ?? stackalloc byte[CommonNameBytes];
        Ascii.ToLower(name, lower, out int length);
        Write(lower[..length], value, neverIndexed);
        if (borrowed is not null) BufferPool.Return(borrowed);
    }

    /// <summary>
    /// The fields of a head that travel on. Host has become :authority, Content-Length is written anew, and what belongs to a hop of HTTP/1 ends.
    /// </summary>
    public void WriteFields(MessageHead head, HeadEdits edits, KnownField alsoDropped)
    {
        ReadOnlySpan<Field> fields = head.Fields;
        for (int i = 0; i < fields.Length; i++)
        {
            ref readonly Field field = ref fields[i];
            if (field.HopByHop || (field.Known != KnownField.Other && IsDropped(field.Known, alsoDropped))) continue;
            if (edits.AnyDrop && edits.Drops(i)) continue;
            WriteAnyCase(head.Name(field), head.Value(field), head.IsNeverIndexed(i));
        }
    }

    /// <summary>Ready lines <c>Name: value CRLF</c>, such as edits and trailers hold.</summary>
    public void WriteLines(scoped ReadOnlySpan<byte> lines)
    {
        while (TryNextLine(ref lines, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            KnownField known = FieldNames.Find(name);
            if (known == KnownField.Other || (!FieldNames.IsHopByHop(known) && !IsDropped(known, KnownField.Other))) WriteAnyCase(name, value, false);
        }
    }

    /// <summary>Takes the first line off ready lines.</summary>
    public static bool TryNextLine(scoped ref ReadOnlySpan<byte> lines, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        int colon = lines.IndexOf((byte)':');
        if (colon <= 0) return false;
        int end = lines[colon..].IndexOf((byte)'\r');
        if (end < 0) return false;
        name = lines[..colon];
        value = Http1Bytes.Trim(lines.Slice(colon + 1, end - 1));
        lines = lines[(colon + end + 2)..];
        return true;
    }

    private static bool IsDropped(KnownField known, KnownField also) => known is KnownField.Host or KnownField.ContentLength || known == also;
}
