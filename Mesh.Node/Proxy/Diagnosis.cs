using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy;

/// <summary>
/// The block of text that a node adds to the response of a TRACE with <c>l5d-add-context</c>: how it routed the request.
/// </summary>
/// <remarks>Cold. Source: Linkerd's DiagnosticTracer, RouterContextFormatter, whose lines these are.</remarks>
internal static class Diagnosis
{
    /// <summary>Bytes of the response so far that are kept, the other nodes' blocks; the rest is dropped.</summary>
    public const int MaxBodyBytes = 64 * 1024;

    /// <param name="router">Its label.</param>
    /// <param name="route">Of the request, still held.</param>
    /// <param name="selected">The endpoint.</param>
    /// <param name="elapsedNs">Since the request's first byte.</param>
    public static async ValueTask<string> OfAsync(string router, Route route, string? selected, long elapsedNs)
    {
        StringBuilder text = new();
        text.Append("--- Router: ").Append(router).Append(" ---\n");
        text.Append("request duration: ").Append(elapsedNs / 1_000_000).Append(" ms\n");
        text.Append("service name: ").Append(route.Binding?.Name).Append('\n');
        text.Append("client name: ").Append(route.Backend?.Id).Append('\n');
        text.Append("addresses: ").Append(route.Backend is { } backend ? RouteDetails.Addresses(backend.Destination) : "[]").Append('\n');
        text.Append("selected address: ").Append(selected).Append('\n');
        text.Append("dtab resolution:\n");
        string steps = route.Binding is { } binding ? await binding.ExplainAsync() : "";
        foreach (string step in steps.Split('\n')) text.Append("  ").Append(step).Append('\n');
        return text.Append('\n').ToString();
    }

    /// <summary>What the nodes behind this one, and the backend, have said; an empty line after it.</summary>
    public static async Task<string> ReadAsync(IClientExchange client)
    {
        using MemoryStream body = new();
        while (!client.IsBodyRead && body.Length < MaxBodyBytes)
        {
            BodyRead read = await client.ReadBodyAsync();
            if (read.IsFailure) break;
            body.Write(read.Payload[..(int)Math.Min(read.Count, MaxBodyBytes - body.Length)]);
            if (read.IsLast) break;
        }

        string text = Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length).Trim();
        return text.Length == 0 ? "" : text + "\n\n";
    }
}
