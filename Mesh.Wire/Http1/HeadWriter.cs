using System.Buffers.Text;
using System.Runtime.CompilerServices;
using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>Writes pieces of a head into room that was reserved for the whole of it.</summary>
/// <remarks>Hot path; lives on the stack.</remarks>
internal ref struct HeadWriter(Span<byte> room)
{
    /// <summary>More than all lines that an encoder itself adds (lengths, Connection, TE) can take.</summary>
    public const int OwnLinesBytes = 192;

    private readonly Span<byte> _room = room;

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_room[Length..]);
        Length += bytes.Length;
    }

    public void Write(long number)
    {
        Utf8Formatter.TryFormat(number, _room[Length..], out int written);
        Length += written;
    }

    public void WriteLine(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        Write(name);
        Write(": "u8);
        Write(value);
        Write("\r\n"u8);
    }

    /// <summary>
    /// The fields that travel on, in maximal runs between those that do not. Framing fields are kept only when they say what
    /// <paramref name="keepFraming"/> vouches for.
    /// </summary>
    public void WriteFields(MessageHead head, HeadEdits edits, bool keepFraming, bool dropHost)
    {
        ReadOnlySpan<Field> fields = head.Fields;
        int runStart = head.FieldsStart;
        for (int i = 0; i < fields.Length; i++)
        {
            ref readonly Field field = ref fields[i];
            bool drop = field.Known switch
            {
                KnownField.ContentLength or KnownField.TransferEncoding => !keepFraming,
                KnownField.Host => dropHost,
                _ => field.HopByHop,
            };
            if (!drop && !(edits.AnyDrop && edits.Drops(i))) continue;
            Write(head.Arena.AsSpan(runStart, field.NameStart - runStart));
            runStart = field.LineEnd;
        }

        Write(head.Arena.AsSpan(runStart, head.End - 2 - runStart));
    }

    /// <summary>The one framing field of a message whose own was not kept.</summary>
    public void WriteFraming(BodyFraming framing, long length)
    {
        if (framing == BodyFraming.Chunked) Write("Transfer-Encoding: chunked\r\n"u8);
        if (framing != BodyFraming.Length) return;
        WriteLength(length);
    }

    public void WriteLength(long length)
    {
        Write("Content-Length: "u8);
        Write(length);
        Write("\r\n"u8);
    }
}
