using System.Globalization;
using System.Text;
using Mesh.Node.Proxy.Injection;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;
using Mesh.Wire.Http1;

namespace Mesh.Node.Proxy.Grpc;

/// <summary>A fault as a gRPC client reads it: 200, a head alone with status and message, and the same <c>l5d-*</c> fields as elsewhere.</summary>
internal static class GrpcAnswers
{
    /// <summary>Characters of the text in <c>grpc-message</c>.</summary>
    private const int MaxMessage = 1024;

    /// <summary>Queues the answer; its HTTP status.</summary>
    /// <param name="server">The client.</param>
    /// <param name="report">What went wrong.</param>
    /// <param name="close">Ends the connection after it, where it carries nothing else.</param>
    public static int Write(IServerExchange server, in FaultReport report, bool close)
    {
        string lines = Pause(report.RetryAfterSeconds) + FaultResponses.ErrorLine(report.Text) + Lines(report);
        return Write(server, GrpcStatus.Of(report), report.Text, lines, close);
    }

    /// <summary>The status without a word, for clients that are told nothing of the mesh.</summary>
    public static int WriteBare(IServerExchange server, int code, bool close, int? retryAfterSeconds = null) =>
        Write(server, code, "", Pause(retryAfterSeconds), close);

    /// <summary>The trailers of a call that breaks off after its head has left.</summary>
    public static TrailerSection Trailers(int code, string message) => TrailerSection.Of(Encoding.ASCII.GetBytes(StatusLines(code, message)));

    private static string StatusLines(int code, string message)
    {
        string status = $"grpc-status: {code.ToString(CultureInfo.InvariantCulture)}\r\n";
        return message.Length == 0 ? status : $"{status}grpc-message: {Encode(message)}\r\n";
    }

    /// <summary>Percent-encoded UTF-8, as gRPC has it: everything but printable ASCII, and the per cent sign itself.</summary>
    public static string Encode(string message)
    {
        StringBuilder text = new(message.Length + 16);
        foreach (byte each in Encoding.UTF8.GetBytes(message[..Math.Min(message.Length, MaxMessage)]))
        {
            if (each is >= 0x20 and <= 0x7E and not (byte)'%') text.Append((char)each);
            else text.Append('%').Append(each.ToString("X2", CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    /// <summary>What a fault tells other nodes; Finagle's fields mean nothing here.</summary>
    private static string Lines(in FaultReport report)
    {
        string lines = report.Fault.IsRetryable ? "l5d-retryable: true\r\n" : "";
        if (report.Fault.Cause == FaultCause.Injected) lines += $"{FaultInjection.HeaderName}: abort\r\n";
        return report.IsSpent ? lines + "l5d-retries-spent: true\r\n" : lines;
    }

    private static string Pause(int? seconds) => seconds is { } known ? $"grpc-retry-pushback-ms: {known * 1000L}\r\n" : "";

    private static int Write(IServerExchange server, int code, string message, string moreLines, bool close)
    {
        string lines = "Content-Type: application/grpc\r\n" + StatusLines(code, message) + moreLines + FaultResponses.DateLine();
        server.WriteLocal(200, "OK"u8, Encoding.ASCII.GetBytes(lines), [], close);
        return 200;
    }
}
