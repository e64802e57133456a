using System.Collections.Immutable;
using System.Text;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;

namespace Mesh.Node.AdminConsole.Explaining;

/// <summary>The request that somebody asks about, as words of the command say it. Nobody sends it.</summary>
/// <param name="Line">Method and target, for people.</param>
/// <param name="Bytes">Its head as a client would send it.</param>
internal sealed record ExplainRequest(string Line, byte[] Bytes)
{
    /// <summary>Reads it.</summary>
    /// <param name="words">A URL or a path, a method before it or not.</param>
    /// <param name="fields">Header lines, <c>name: value</c>.</param>
    /// <exception cref="ConsoleRefusal">It is no request.</exception>
    public static ExplainRequest Of(ImmutableArray<string> words, ImmutableArray<string> fields)
    {
        string method = words.Length > 1 ? words[0] : "GET";
        string target = words[^1];
        string? host = null;
        int scheme = target.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
        {
            int path = target.IndexOfAny(['/', '?'], scheme + 3);
            host = path < 0 ? target[(scheme + 3)..] : target[(scheme + 3)..path];
            target = path < 0 ? "/" : target[path] == '?' ? $"/{target[path..]}" : target[path..];
        }

        if (!target.StartsWith('/') && target != "*") throw Bad($"`{target}` is neither a URL such as http://web/users nor a path");
        StringBuilder head = new();
        head.Append(method).Append(' ').Append(target).Append(" HTTP/1.1\r\n");
        bool hasHost = false;
        foreach (string field in fields)
        {
            int colon = field.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || field.Any(char.IsControl)) throw Bad($"`{field}` is no header such as 'l5d-dtab: /svc => /new'");
            hasHost |= field[..colon].Equals("Host", StringComparison.OrdinalIgnoreCase);
            head.Append(field[..colon]).Append(": ").Append(field[(colon + 1)..].Trim()).Append("\r\n");
        }

        if (!hasHost) head.Append("Host: ").Append(host ?? "").Append("\r\n");
        head.Append("\r\n");
        return new ExplainRequest($"{method} {target}", Encoding.UTF8.GetBytes(head.ToString()));
    }

    /// <summary>As a router's servers would read it.</summary>
    /// <exception cref="ConsoleRefusal">They would refuse it.</exception>
    public RequestHead Parse(Http1Limits limits) => RequestHeads.TryParse(Bytes, limits, out RequestHead? head, out RejectReason reason)
        ? head
        : throw Bad($"a server would refuse this request before it has a name: {reason}");

    private static ConsoleRefusal Bad(string why) => new(ConsoleStatus.BadInput, why);
}
