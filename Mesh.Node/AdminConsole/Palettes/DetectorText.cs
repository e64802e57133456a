using System.Globalization;
using Mesh.Actors.Membership.Detection;

namespace Mesh.Node.AdminConsole.Palettes;

/// <summary>What a failure detector thinks.</summary>
internal static class DetectorText
{
    public static ConsoleAnswer Of(DetectorFacts facts) => new(
        text =>
        {
            text.WriteLine(facts.Health == 0 ? "this node: well" : $"this node: doubts itself, {facts.Health} of 7 ({facts.Why})");
            foreach (PeerFacts peer in facts.Peers)
                text.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{peer.Node.Address} | {peer.Phase.ToString().ToLowerInvariant()} | phi {peer.Phi:0.0}"
                    + $" | heard {peer.SinceHeartbeat.TotalSeconds:0.0} s ago"
                    + $" | {(peer.RoundTrip is { } trip ? $"{trip.TotalMilliseconds:0.0} ms" : "-")}"));
            text.WriteLine($"Count: {facts.Peers.Length} watched");
        },
        json =>
        {
            json.WriteStartObject();
            json.WriteNumber("health", facts.Health);
            json.WriteString("why", facts.Why?.ToString());
            json.WriteStartArray("peers");
            foreach (PeerFacts peer in facts.Peers)
            {
                json.WriteStartObject();
                json.WriteString("address", peer.Node.Address.ToString());
                json.WriteString("uid", MemberText.Uid(peer.Node));
                json.WriteString("phase", peer.Phase.ToString().ToLowerInvariant());
                json.WriteNumber("phi", double.IsFinite(peer.Phi) ? Math.Round(peer.Phi, 2) : 999);
                json.WriteNumber("since_heartbeat_ms", (long)peer.SinceHeartbeat.TotalMilliseconds);
                if (peer.RoundTrip is { } trip) json.WriteNumber("round_trip_ms", Math.Round(trip.TotalMilliseconds, 3));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
}
