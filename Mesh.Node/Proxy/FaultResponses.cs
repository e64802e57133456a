using System.Net;
using System.Text;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;
using Mesh.Wire.Http1;

namespace Mesh.Node.Proxy;

/// <summary>The one place where a fault becomes an answer: status, <c>l5d-err</c>, <c>l5d-retryable</c>, a text for the operator.</summary>
/// <remarks>Statuses are Linkerd's: 400 for the client's fault, 502 for no route and no connection, 503 for every timeout and for overload.</remarks>
internal static class FaultResponses
{
    /// <summary>Characters of the text in <c>l5d-err</c>; the body has all of it.</summary>
    private const int MaxHeaderText = 1024;

    /// <summary>Queues the answer and returns its status.</summary>
    public static int Write(IServerExchange server, in FaultReport report, bool close)
    {
        int status = StatusOf(report.Fault);
        Write(server, status, report.Text, report.Fault.IsRetryable, close);
        return status;
    }

    /// <summary>Queues the answer to a message that is none.</summary>
    public static void WriteRejection(IServerExchange server, RejectReason reason) =>
        Write(server, RejectReasons.Status(reason), RejectReasons.Text(reason), false, true);

    private static void Write(IServerExchange server, int status, string text, bool isRetryable, bool close)
    {
        int line = text.AsSpan().IndexOf('\n');
        string header = text[..Math.Min(line < 0 ? text.Length : line, MaxHeaderText)];
        StringBuilder lines = new("Content-Type: text/plain; charset=utf-8\r\n");
        lines.Append("l5d-err: ").Append(WebUtility.UrlEncode(header)).Append("\r\n");
        if (isRetryable) lines.Append("l5d-retryable: true\r\n");
        byte[] body = Encoding.UTF8.GetBytes(text + "\n");
        server.WriteLocal(status, Encoding.ASCII.GetBytes(Reason(status)), Encoding.ASCII.GetBytes(lines.ToString()), body, close);
    }

    public static int StatusOf(in Fault fault) => (fault.Stage, fault.Party, fault.Cause) switch
    {
        (FaultStage.Identify, _, _) => 400,
        (FaultStage.Request, FaultParty.Client, FaultCause.TimedOut) => 408,
        (_, FaultParty.Client, _) => 400,
        (_, _, FaultCause.TimedOut or FaultCause.Overloaded) => 503,
        (_, _, FaultCause.Bug) => 500,
        _ => 502,
    };

    private static string Reason(int status) => status switch
    {
        400 => "Bad Request",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        414 => "URI Too Long",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "Error",
    };
}
