using System.Net;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>A request and its response as one line, byte for byte as Linkerd 1 wrote it.</summary>
/// <remarks>
/// <c>HOST REMOTE - - [dd/MM/yyyy:HH:mm:ss zone] "METHOD uri HTTP/1.1" STATUS BYTES "REFERER" "USER-AGENT"</c>, <c>-</c> for what is not
/// there. Nothing follows: parsers that exist are anchored at the last quote, and latencies have their histograms. Hot path.
/// </remarks>
internal static class AccessLogLine
{
    /// <summary>
    /// Writes the line with its line feed; false when it does not fit. <paramref name="responseBytes"/> is the response's Content-Length, -1 when
    /// it had none; <paramref name="stamp"/> what stands between the brackets, when the response came.
    /// </summary>
    public static bool TryFormat(
        Span<byte> to, RequestHead head, IPAddress? remote, int status, long responseBytes, ReadOnlySpan<byte> stamp, out int length)
    {
        FindFields(head, out ReadOnlySpan<byte> referer, out ReadOnlySpan<byte> userAgent);
        LineWriter line = new(to);
        line.Bare(head.Authority);
        line.Literal(" "u8);
        line.Address(remote);
        line.Literal(" - - ["u8);
        line.Literal(stamp);
        line.Literal("] \""u8);
        line.Method(head.MethodBytes);
        line.Literal(" "u8);
        if (head.Target.IsEmpty || head.Target[0] == '?') line.Literal("/"u8);
        if (!head.Target.IsEmpty) line.Bare(head.Target);
        line.Literal(head.MinorVersion == 0 ? " HTTP/1.0\" "u8 : " HTTP/1.1\" "u8);
        line.Number(status);
        line.Literal(" "u8);
        if (responseBytes < 0) line.Literal("-"u8);
        else line.Number(responseBytes);
        line.Literal(" \""u8);
        line.Quoted(referer);
        line.Literal("\" \""u8);
        line.Quoted(userAgent);
        line.Literal("\"\n"u8);
        length = line.Length;
        return !line.IsFull;
    }

    /// <summary>One walk over the fields; the first of each name counts.</summary>
    private static void FindFields(RequestHead head, out ReadOnlySpan<byte> referer, out ReadOnlySpan<byte> userAgent)
    {
        referer = userAgent = "-"u8;
        bool foundReferer = false;
        bool foundUserAgent = false;
        foreach (ref readonly Field field in head.Fields)
        {
            if (!foundReferer && IsNamed(head, field, "referer"u8))
            {
                referer = head.Value(field);
                foundReferer = true;
            }
            else if (!foundUserAgent && IsNamed(head, field, "user-agent"u8))
            {
                userAgent = head.Value(field);
                foundUserAgent = true;
            }
        }
    }

    private static bool IsNamed(RequestHead head, in Field field, ReadOnlySpan<byte> name) =>
        field.NameLength == name.Length && System.Text.Ascii.EqualsIgnoreCase(head.Name(field), name);
}
