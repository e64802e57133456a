using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy;

/// <summary>What this hop adds to heads and takes from them, beyond what the codec must do (hop-by-hop fields, framing).</summary>
/// <remarks>Hot path.</remarks>
internal static class HeaderRules
{
    /// <summary>RFC 9110 section 7.6.3; the pseudonym is the program's name, as Linkerd's was <c>linkerd</c>.</summary>
    public static ReadOnlySpan<byte> Via => "Via: 1.1 mesh\r\n"u8;

    /// <summary>Edits a request for one attempt. A client's own <c>l5d-dst-*</c> would tell a backend lies: ours replace them.</summary>
    public static void EditRequest(RequestHead head, HeadEdits edits, ReadOnlySpan<byte> serviceLines, ReadOnlySpan<byte> clientLines)
    {
        edits.Reset();
        if (head.Has(KnownField.Linkerd)) DropDestinationFields(head, edits);
        edits.AddLines(Via);
        edits.AddLines(serviceLines);
        edits.AddLines(clientLines);
    }

    public static void EditResponse(HeadEdits edits)
    {
        edits.Reset();
        edits.AddLines(Via);
    }

    /// <summary>
    /// The protocol that the client may change to: its Upgrade token, when the server allows it. Others are not offered on.
    /// </summary>
    public static ReadOnlySpan<byte> AllowedUpgrade(RequestHead head, UpgradePolicy policy)
    {
        if (!head.OffersUpgrade || !head.TryGetField(KnownField.Upgrade, out ReadOnlySpan<byte> token)) return default;
        return policy.Allows(token) ? token : default;
    }

    private static void DropDestinationFields(RequestHead head, HeadEdits edits)
    {
        ReadOnlySpan<Field> fields = head.Fields;
        for (int i = 0; i < fields.Length; i++)
        {
            ReadOnlySpan<byte> name = head.Name(fields[i]);
            if (fields[i].Known == KnownField.Linkerd && name.Length > 8 && Ascii.EqualsIgnoreCase(name[..8], "l5d-dst-"u8)) edits.Drop(i);
        }
    }
}
