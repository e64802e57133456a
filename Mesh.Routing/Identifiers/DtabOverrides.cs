using System.Diagnostics.CodeAnalysis;
using System.Text;
using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;
using Mesh.Wire.Exchange;

namespace Mesh.Routing.Identifiers;

/// <summary>
/// The rules that a request brings: <c>l5d-ctx-dtab</c>, set by the node before, then <c>l5d-dtab</c>, set by the user, whose rules therefore
/// win. All values of each count, in order.
/// </summary>
/// <remarks><see cref="TryRead"/> is on the hot path and allocates nothing. Source: Linkerd 1's LinkerdHeaders.Ctx.Dtab.</remarks>
public static class DtabOverrides
{
    /// <summary>Most that a request's rules may take as text, bytes: each distinct text is kept with its binding.</summary>
    public const int MaxBytes = 8 * 1024;

    /// <summary>Most rules that a request may bring: each lookup of an evaluation looks at all of them.</summary>
    public const int MaxDentries = 256;

    /// <summary>Parts the values in the key; no field value holds it.</summary>
    private const byte Separator = (byte)'\n';

    private static ReadOnlySpan<byte> UserName => "l5d-dtab"u8;

    private static ReadOnlySpan<byte> ContextName => "l5d-ctx-dtab"u8;

    /// <summary>The text of all rules, as a part of the binding's key; empty for none. False when it is longer than <see cref="MaxBytes"/>.</summary>
    public static bool TryRead(RequestHead head, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (!head.Has(KnownField.Linkerd)) return true;
        int values = 0;
        int bytes = 0;
        foreach (ref readonly Field field in head.Fields)
        {
            if (field.ValueLength == 0 || !(Is(head, field, UserName) || Is(head, field, ContextName))) continue;
            text = head.Value(field);
            values++;
            bytes += field.ValueLength + 1;
        }

        if (bytes > MaxBytes + 1) return false;
        if (values > 1) text = Join(head, bytes);
        return true;
    }

    /// <summary>Makes rules of what <see cref="TryRead"/> took.</summary>
    /// <param name="text">The text.</param>
    /// <param name="dtab">The rules; empty for no text.</param>
    /// <param name="fault">What is wrong and where, for the client.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Dtab? dtab, [NotNullWhen(false)] out string? fault)
    {
        fault = null;
        dtab = Dtab.Empty;
        if (text.IsEmpty) return true;
        foreach (string value in Encoding.Latin1.GetString(text).Split((char)Separator))
        {
            if (!Dtab.TryParse(value, out Dtab? more, out SyntaxError? error)) fault = $"its override dtab cannot be read: {error}";
            else if (dtab.Dentries.Length + more.Dentries.Length > MaxDentries) fault = $"its override dtab has more than {MaxDentries} rules";
            else
            {
                dtab += more;
                continue;
            }
            dtab = null;
            return false;
        }
        return true;
    }

    private static ReadOnlySpan<byte> Join(RequestHead head, int bytes)
    {
        Span<byte> room = KeyScratch.ForOverrides(bytes);
        int at = Append(head, UserName, room, Append(head, ContextName, room, 0));
        return room[..(at - 1)];
    }

    private static int Append(RequestHead head, ReadOnlySpan<byte> name, Span<byte> room, int at)
    {
        foreach (ref readonly Field field in head.Fields)
        {
            if (field.ValueLength == 0 || !Is(head, field, name)) continue;
            head.Value(field).CopyTo(room[at..]);
            at += field.ValueLength;
            room[at++] = Separator;
        }

        return at;
    }

    private static bool Is(RequestHead head, in Field field, ReadOnlySpan<byte> name) =>
        field.Known == KnownField.Linkerd && field.NameLength == name.Length && Ascii.EqualsIgnoreCase(head.Name(field), name);
}
