using System.Collections.Immutable;
using Mesh.Node.Config;
using Mesh.Wire.Http1;

namespace Mesh.Node.Telemetry;

/// <summary>What tells the series of servers apart, and for which refusals there are some.</summary>
internal static class ServerLabels
{
    /// <summary>
    /// The reject reasons by their enum's value, as labels; those that only a backend's response can have, and none at all, share the label
    /// of the rest.
    /// </summary>
    public static ImmutableArray<string> RejectionReasons { get; } =
        [.. Enumerable.Range(0, RejectReasons.Count).Select(static reason => RejectionReason((RejectReason)reason))];

    /// <summary>
    /// One name for each server of a router, in their order: its label, else its address, <c>0.0.0.0/4140</c>. The same name again gets a
    /// number, <c>127.0.0.1/0-2</c>: a bound port would make new series at each start.
    /// </summary>
    public static ImmutableArray<string> Of(IReadOnlyList<ServerConfig> servers)
    {
        Dictionary<string, int> seen = new(StringComparer.Ordinal);
        return [.. servers.Select(server => Distinct(server.Label ?? $"{server.Ip}/{server.Port}", seen))];
    }

    private static string Distinct(string name, Dictionary<string, int> seen)
    {
        int times = seen[name] = seen.GetValueOrDefault(name) + 1;
        return times == 1 ? name : Distinct($"{name}-{times}", seen);
    }

    private static string RejectionReason(RejectReason reason) =>
        reason is RejectReason.None or RejectReason.InvalidStatusLine or RejectReason.InvalidStatus or RejectReason.BodyOnInterim
            ? Routing.Telemetry.ServerMetrics.OtherReason
            : RejectReasons.Label(reason);
}
