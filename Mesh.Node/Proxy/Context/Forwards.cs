using System.Buffers.Text;
using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy.Context;

/// <summary>
/// What a TRACE or OPTIONS request asks of the nodes on its way: <c>Max-Forwards</c> (RFC 9110 section 7.6.2), and with
/// <c>l5d-add-context</c> that each node of a TRACE adds how it routed it.
/// </summary>
/// <param name="Left">Hops that the request may still take; null for no limit.</param>
/// <param name="IsInvalid">Max-Forwards is no number.</param>
/// <param name="AddsContext">This node tells how it routed the request, in the response's body.</param>
internal readonly record struct Forwards(int? Left, bool IsInvalid, bool AddsContext)
{
    /// <summary>Another node asks for a connection to an app of this one: nobody else answers.</summary>
    public static Forwards ToApp { get; } = new(0, false, false) { IsToApp = true };

    /// <summary>It is <see cref="ToApp"/>.</summary>
    public bool IsToApp { get; private init; }

    /// <summary>Another hop would be one too many: this node answers.</summary>
    public bool EndsHere => Left == 0;

    public static Forwards Of(RequestHead head, bool believesContext)
    {
        if (head.Method is not (KnownMethod.Trace or KnownMethod.Options)) return default;
        bool asks = believesContext && head.Method == KnownMethod.Trace
            && head.TryGetField("l5d-add-context"u8, out ReadOnlySpan<byte> wish) && IsTrue(wish);
        if (!head.TryGetField("Max-Forwards"u8, out ReadOnlySpan<byte> value)) return new Forwards(null, false, asks);
        bool isNumber = Utf8Parser.TryParse(value, out int left, out int length) && length == value.Length && left >= 0;
        return isNumber ? new Forwards(left, false, asks) : new Forwards(null, true, asks);
    }

    /// <summary>Counts this hop.</summary>
    public void Edit(RequestHead head, HeadEdits edits)
    {
        if (Left is not { } left) return;
        ReadOnlySpan<Field> fields = head.Fields;
        for (int i = 0; i < fields.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(head.Name(fields[i]), "max-forwards"u8)) edits.Drop(i);
        }

        edits.Add("Max-Forwards", (left - 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static bool IsTrue(ReadOnlySpan<byte> value) =>
        Ascii.EqualsIgnoreCase(value, "true"u8) || Ascii.EqualsIgnoreCase(value, "t"u8) || value.SequenceEqual("1"u8);
}
