using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy;

/// <summary>
/// A request went out with its endpoint's authority: where the response names that as the authority of a URL, in <c>Location</c> and
/// <c>Refresh</c>, the client hears the host that it asked for.
/// </summary>
/// <remarks>
/// Cold: only endpoints whose discovery gives an authority. Source: Linkerd's RewriteHostHeader and nginx's proxy_redirect. The whole authority
/// must be it: <c>/web/login</c> and <c>//web.example</c> do not name <c>web</c>.
/// </remarks>
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
            if (!isUrl || edits.Drops(i) || value.IndexOf("//"u8) < 0) continue;
            string said = Encoding.Latin1.GetString(value), told = Told(said, Encoding.Latin1.GetString(sent), request);
            if (told == said) continue;
            edits.Drop(i);
            edits.Add(name, Encoding.Latin1.GetBytes(told));
        }
    }

    private static string Told(string said, string sent, RequestHead request)
    {
        StringBuilder told = new(said.Length);
        int from = 0;
        for (int at; (at = said.IndexOf("//" + sent, from, StringComparison.OrdinalIgnoreCase)) >= 0;)
        {
            int end = at + 2 + sent.Length;
            bool isWhole = end == said.Length || said[end] is '/' or '?' or '#' or '"' or '\'' or ' ' or ';' or ',';
            told.Append(said, from, at + 2 - from).Append(isWhole ? Encoding.Latin1.GetString(request.Authority) : said[(at + 2)..end]);
            from = end;
        }

        return told.Append(said, from, said.Length - from).ToString();
    }
}
