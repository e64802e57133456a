using Mesh.Tests.Wire.Http1;
using Mesh.Wire.Exchange;

namespace Mesh.Tests.Node.Telemetry.AccessLogs;

/// <summary>Request heads and the lines that tell them.</summary>
internal static class Requests
{
    /// <summary>A GET of that path; <see cref="LineOf"/> is its line.</summary>
    public static RequestHead Get(string path) => Http1Kit.Accepted($"GET {path} HTTP/1.1\r\nHost: web\r\n\r\n");

    public static string LineOf(string path, string date = "01/01/2026:00:00:00 UTC") =>
        $"web - - - [{date}] \"GET {path} HTTP/1.1\" 200 5 \"-\" \"-\"\n";
}
