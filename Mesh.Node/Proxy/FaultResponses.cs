using System.Net;
using System.Text;
using Mesh.Node.Proxy.Injection;
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
    /// <param name="server">The client.</param>
    /// <param name="report">What went wrong.</param>
    /// <param name="details">Further lines of the body; empty for none.</param>
    /// <param name="close">Ends the connection after it.</param>
    public static int Write(IServerExchange server, in FaultReport report, string details, bool close)
    {
        int status = StatusOf(report);
        string more = report.Fault is { Stage: FaultStage.Admit, Cause: FaultCause.Overloaded, IsRetryable: true } ? Nack(server) : "";
        if (report.RetryAfterSeconds is { } seconds) more += $"Retry-After: {seconds}\r\n";
        if (report.Fault.IsRetryable) more += "l5d-retryable: true\r\n";
        if (report.Fault.Cause == FaultCause.Injected) more += $"{FaultInjection.HeaderName}: abort\r\n";
        if (report.IsSpent) more += "l5d-retries-spent: true\r\n";
        Write(server, status, report.Text, details, more, close);
        return status;
    }

    /// <summary>Queues the answer to a message that is none.</summary>
    public static void WriteRejection(IServerExchange server, RejectReason reason) =>
        Write(server, RejectReasons.Status(reason), RejectReasons.Text(reason), "", "", true);

    /// <summary>
    /// Queues a status without a word, for clients that are told nothing of the mesh; returns it. When to come again is no secret: who is not told
    /// comes again at once.
    /// </summary>
    public static int WriteBare(IServerExchange server, int status, bool close, int? retryAfterSeconds = null)
    {
        string lines = DateLine() + (retryAfterSeconds is { } seconds ? $"Retry-After: {seconds}\r\n" : "");
        server.WriteLocal(status, Encoding.ASCII.GetBytes(Reason(status)), Encoding.ASCII.GetBytes(lines), [], close);
        return status;
    }

    /// <summary>Queues an answer that sends the client elsewhere.</summary>
    public static void WriteRedirect(IServerExchange server, int status, string location, bool close)
    {
        byte[] lines = Encoding.ASCII.GetBytes($"Location: {location}\r\n{DateLine()}");
        server.WriteLocal(status, Encoding.ASCII.GetBytes(Reason(status)), lines, [], close);
    }

    /// <summary>Queues a text that is no error.</summary>
    public static void WriteText(IServerExchange server, int status, string text, bool close)
    {
        byte[] lines = Encoding.ASCII.GetBytes("Content-Type: text/plain; charset=utf-8\r\n" + DateLine());
        server.WriteLocal(status, Encoding.ASCII.GetBytes(Reason(status)), lines, Encoding.UTF8.GetBytes(text), close);
    }

    private static void Write(IServerExchange server, int status, string text, string details, string moreLines, bool close)
    {
        string lines = $"Content-Type: text/plain; charset=utf-8\r\n{DateLine()}{ErrorLine(text)}{moreLines}";
        string body = details.Length == 0 ? text + "\n" : $"{text}\n\n{details}";
        server.WriteLocal(
            status, Encoding.ASCII.GetBytes(Reason(status)), Encoding.ASCII.GetBytes(lines), Encoding.UTF8.GetBytes(body), close);
    }

    /// <summary>RFC 9110 section 6.6.1: who answers by itself tells when.</summary>
    internal static string DateLine() => $"Date: {TimeProvider.System.GetUtcNow():R}\r\n";

    /// <summary>The text in <c>l5d-err</c>, as Linkerd encodes it.</summary>
    internal static string ErrorLine(string text) => $"l5d-err: {WebUtility.UrlEncode(text[..Math.Min(text.Length, MaxHeaderText)])}\r\n";

    /// <summary>How Finagle's clients are told that nothing was done, and whether they may send the request again by themselves.</summary>
    private static string Nack(IServerExchange server) => server.Request.Framing == BodyFraming.None
        ? "finagle-http-nack: true\r\nRetry-After: 0\r\n"
        : "finagle-http-nonretryable-nack: true\r\n";

    public static int StatusOf(in FaultReport report) => report.Status ?? StatusOf(report.Fault);

    private static int StatusOf(in Fault fault) => (fault.Stage, fault.Party, fault.Cause) switch
    {
        (FaultStage.Identify, _, _) => 400,
        (FaultStage.Request, FaultParty.Client, FaultCause.TimedOut) => 408,
        (_, _, FaultCause.RateLimited) => 429,
        (_, FaultParty.Client, _) => 400,
        (_, _, FaultCause.TimedOut or FaultCause.Overloaded) => 503,
        (_, _, FaultCause.Bug) => 500,
        _ => 502,
    };

    private static string Reason(int status) => status switch
    {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        414 => "URI Too Long",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        < 400 => "",
        _ => "Error",
    };
}
