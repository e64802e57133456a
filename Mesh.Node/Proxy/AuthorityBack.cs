using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy;

/// <summary>
/// A request went out with its endpoint's authority: where the response names that, in <c>Location</c> and <c>Refresh</c>, the client hears the host
/// that it asked for.
/// </summary>
/// <remarks>Cold: only endpoints whose discovery gives an authority. Source: Linkerd's RewriteHostHeader, and so nginx's proxy_redirect.</remarks>
internal static class AuthorityBack
{
    /// <param name="request">As it came.</param>
    /// <param name="sent">The authority that it was sent with.</param>
    /// <param name="head">The response.</param>
    /// <param name="edits">Of the response; fields that are dropped already stay so.</param>
    public static void Edit(RequestHead request, byte[] sent, ResponseHead head, HeadEdits edits)
    {
        if (request.Authority.IsEmpty) return;
        ReadOnlySpan<Field> fields = head.Fields;
        for (int i = 0; i < fields.Length; i++)
        {
            ReadOnlySpan<byte> name = head.Name(fields[i]), value = head.Value(fields[i]);
            bool isUrl = Ascii.EqualsIgnoreCase(name, "location"u8) || Ascii.EqualsIgnoreCase(name, "refresh"u8);
            if (!isUrl || edits.Drops(i) || value.IndexOf(sent) < 0) continue;
            string told = Encoding.Latin1.GetString(value).Replace(
                Encoding.Latin1.GetString(sent), Encoding.Latin1.GetString(request.Authority), StringComparison.Ordinal);
            edits.Drop(i);
            edits.Add(name, Encoding.Latin1.GetBytes(told));
        }
    }
}
