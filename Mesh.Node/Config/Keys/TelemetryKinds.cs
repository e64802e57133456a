using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Keys;

/// <summary>The kinds of <c>telemetry</c>: none is acted on, none is refused.</summary>
internal static class TelemetryKinds
{
    public static readonly KindTable Table = new(
        "a telemeter",
        "kind",
        null,
        [
            Kind.Inert("io.l5d.prometheus", "metrics are served anyway, by admin at /metrics"),
            Kind.Inert("io.l5d.influxdb", "admin serves metrics at /metrics, not as InfluxDB lines"),
            Kind.Inert("io.l5d.statsd", "nothing is sent to StatsD; scrape admin's /metrics instead"),
            Kind.Inert("io.l5d.tracelog", "traces are not written yet"),
            Kind.Inert("io.l5d.recentRequests", "recent requests are not kept yet"),
            Kind.Inert("io.l5d.zipkin", "traces are not sent yet"),
        ])
    { UnknownIsInert = true };
}

/// <summary>A kind that is checked and never read.</summary>
internal sealed class IgnoredKindKey(string name, KindTable table, string doc) : Key<object?>(name, doc)
{
    public override KeyShape Shape => new("mapping");

    public override KindTable? Kinds => table;

    public override void Check(Position keyAt, YamlNode value, CheckContext context) => table.Check(value, context);

    public override object? Read(YamlNode? value) => null;
}
