using System.Collections.Immutable;
using System.Globalization;

namespace Mesh.Actors.Journals.Machine;

/// <summary>A journal's numbers as an operator reads them.</summary>
internal static class JournalFacts
{
    public static ImmutableArray<KeyValuePair<string, string>> Lines(MachineFacts facts, params ReadOnlySpan<KeyValuePair<string, string>> more) =>
    [
        Line("actors", facts.Actors),
        Line("events", facts.Events),
        Line("snapshots", facts.Snapshots),
        Line("shards", facts.Shards),
        Line("leases", facts.Leases),
        Line("payload bytes", facts.PayloadBytes),
        .. more,
    ];

    public static KeyValuePair<string, string> Line(string name, long value) => new(name, value.ToString(CultureInfo.InvariantCulture));
}
