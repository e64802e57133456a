using System.Globalization;
using System.Text;
using Mesh.Wire.Http1;

namespace Mesh.Fuzz.Http1;

/// <summary>Messages of HTTP/1 a line a part, mostly right; and limits to read them with.</summary>
internal static class Http1Grammar
{
    private static readonly string[] s_methods =
        ["GET", "GET", "POST", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "M-SEARCH", "CONNECT", "get", "G@T"];

    private static readonly string[] s_targets =
    [
        "/", "/", "/a/b?c=d", "*", "http://h", "http://h:80?x", "https://[::1]/x", "HTTP://a%20b/", "/%2e/\u00ff\"<", "//x//", "http://u@h/", "?",
        "h:80",
        "/a#b", "ftp://h/",
    ];

    private static readonly string[] s_hosts = ["x", "x", "x", "x:80", "[::1]:8080", "", "a,b", "u@h", "a%20b", ":80", "x:999999"];

    private static readonly string[] s_fields =
    [
        "A: b", "a:b", "Cookie: a=1; b=2", "cookie:c=3", "X-Long: ", "Via: 1.1 x", "TE: trailers", "TE: trailers, deflate;q=0.5", "Trailer: X-Sum",
        "Connection: close", "Connection: keep-alive, X-Own", "X-Own: 1", "Connection: Upgrade", "Upgrade: websocket", "Keep-Alive: timeout=5",
        "Expect: 100-continue", "Expect: other", "Connection: host, content-length, te, cookie", "Proxy-Connection: keep-alive",
        "Content-Type: text/plain",
        "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA", "X-Tab:\tb\t", "X-Obs: \u00e9\u0080", "Content_Length: 3", "Content-Length : 3",
        "Transfer-Encoding_: x",
        " folded", "\tfolded: more", "NoColon", ": noname", "X Y: z", "X-Nul: a\0b", "X-CR: a\rb", "l5d-dtab: /a=>/b", "mesh-hops: 3", "Date: now",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Proxy-Authorization: Basic x", "Content-Length-: 4", "Server: s", "Age: 1",
    ];

    private static readonly string[] s_versions = [" HTTP/1.1", " HTTP/1.0", " HTTP/1.2", " HTTP/2.0", " HTTP/1.", "", " http/1.1", "  HTTP/1.1",
        " HTTP/1.1 "];

    private static readonly string[] s_codings =
        ["chunked", "chunked", "Chunked", "gzip, chunked", "chunked, chunked", "identity", "chunked;q=1", "xchunked", "chunked,", "", "\"chunked\""];

    private static readonly string[] s_trailers = ["X-Sum: 1", "A:b", "Content-Length: 5", "Host: y", "Cookie: z", " x", "bad name: 1",
        "grpc-status: 0", "X: \u00ff"];

    private static readonly Http1Limits s_tight = new()
    {
        MaxHeadBytes = 300, MaxStartLineBytes = 64, MaxFields = 8, MaxTrailerBytes = 40, MaxChunkLineBytes = 24, MaxChunkExtensionsTotalBytes = 48,
        MaxLeadingEmptyLines = 1, MaxConnectionOptions = 3,
    };

    /// <summary>As large as the smallest buffer: the reading of a head comes to that buffer's end.</summary>
    private static readonly Http1Limits s_page = new() { MaxHeadBytes = 4096, MaxStartLineBytes = 4096 };

    /// <summary>For what an encoder wrote, which adds lines of its own.</summary>
    public static Http1Limits Wide { get; } = new()
    {
        MaxHeadBytes = 1 << 20, MaxStartLineBytes = 1 << 20, MaxFields = 256, MaxTrailerBytes = 1 << 20, MaxConnectionOptions = 256,
    };

    public static Http1Limits Limits(int choice) => choice switch { 0 or 1 => Http1Limits.Default, 2 => s_tight, _ => s_page };

    public static void Requests(List<byte[]> parts, Dice dice)
    {
        for (int count = 1 + dice.Next(3); count > 0; count--)
        {
            if (dice.Chance(8)) Line(parts, "");
            string version = dice.Chance(90) ? s_versions[0] : dice.Pick<string>(s_versions);
            Line(parts, $"{dice.Pick<string>(s_methods.AsSpan(0, dice.Chance(90) ? 11 : s_methods.Length))} {Target(dice)}{version}");
            Message(parts, dice, dice.Chance(92) ? $"Host: {dice.Pick<string>(s_hosts.AsSpan(0, dice.Chance(85) ? 5 : s_hosts.Length))}" : null);
        }
    }

    public static void Responses(List<byte[]> parts, Dice dice)
    {
        for (int count = 1 + dice.Next(3); count > 0; count--)
        {
            string status = dice.Pick<string>(["200 OK", "200 ", "404", "204 No", "304 x", "100 Continue", "103 Early", "101 Up", "500 \u00e9",
                "99 x", "600 x", "2000", "20 x"]);
            Line(parts, $"HTTP/1.{(dice.Chance(85) ? 1 : dice.Next(10))} {status}");
            Message(parts, dice, dice.Chance(10) ? "Host: x" : null);
        }
    }

    private static string Target(Dice dice)
    {
        if (!dice.Chance(3)) return dice.Pick<string>(s_targets.AsSpan(0, dice.Chance(80) ? 7 : s_targets.Length));
        return "/" + new string('t', dice.Size(20_000));
    }

    private static void Message(List<byte[]> parts, Dice dice, string? host)
    {
        if (host is not null) Line(parts, host);
        int common = dice.Chance(75) ? 22 : s_fields.Length;
        for (int count = dice.Next(4); count > 0; count--) Line(parts, dice.Pick<string>(s_fields.AsSpan(0, common)));
        if (dice.Chance(3)) Line(parts, "X-Big: " + new string('v', dice.Size(9000)));
        if (dice.Chance(2)) for (int count = dice.Next(260); count > 0; count--) Line(parts, "F: 1");
        byte[] body = dice.Bytes(dice.Size(dice.Chance(5) ? 30_000 : 300));
        switch (dice.Next(8))
        {
            case 0 or 1:
                Length(parts, dice, body.Length);
                Line(parts, "");
                parts.Add(body);
                break;
            case 2 or 3 or 4:
                Line(parts, $"Transfer-Encoding: {(dice.Chance(85) ? "chunked" : dice.Pick<string>(s_codings))}");
                if (dice.Chance(5)) Length(parts, dice, body.Length);
                Line(parts, "");
                Chunks(parts, dice, body);
                break;
            default:
                Line(parts, "");
                break;
        }
    }

    private static void Length(List<byte[]> parts, Dice dice, int length)
    {
        string digits = length.ToString(CultureInfo.InvariantCulture);
        string value = dice.Chance(80) ? digits
            : dice.Pick<string>(["0" + digits, $"{digits}, {digits}", $"{digits},{digits + 1}", "+" + digits, digits + " ", "0x" + digits,
                "99999999999999999999", "-1", digits + ","]);
        Line(parts, $"Content-Length: {value}");
        if (dice.Chance(6)) Line(parts, $"content-length: {(dice.Chance(50) ? digits : value + "1")}");
    }

    private static void Chunks(List<byte[]> parts, Dice dice, byte[] body)
    {
        for (int at = 0; at < body.Length;)
        {
            int count = Math.Min(body.Length - at, 1 + dice.Size(body.Length));
            string extension = dice.Chance(85) ? "" : dice.Pick<string>([";a", " ;a=b", ";a=\"b;c\"", "\t", ";" + new string('e', dice.Size(300)),
                ";\u00ff", ";\0"]);
            Line(parts, count.ToString(dice.Chance(90) ? "x" : "X8", CultureInfo.InvariantCulture) + extension);
            parts.Add(body[at..(at + count)]);
            Line(parts, "");
            at += count;
        }

        Line(parts, dice.Chance(95) ? "0" : dice.Pick<string>(["00000000", "0;x", "000000000000000000"]));
        for (int count = dice.Chance(25) ? dice.Next(4) : 0; count > 0; count--) Line(parts, dice.Pick<string>(s_trailers));
        Line(parts, "");
    }

    private static void Line(List<byte[]> parts, string line) => parts.Add(Encoding.Latin1.GetBytes(line + "\r\n"));
}
