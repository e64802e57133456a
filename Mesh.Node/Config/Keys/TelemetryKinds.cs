using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of telemeter <c>io.l5d.prometheus</c>: it loads, since what it asks for is there anyway.</summary>
internal static class PrometheusKeys
{
    /// <summary>Where Linkerd's names are served, here as there.</summary>
    public const string ServedAt = "/admin/metrics/prometheus";

    public static readonly TextKey Path = new(
        "path", ServedAt, "", "a path such as `/admin/metrics/prometheus`", static text => text.StartsWith('/'),
        "Where admin serves them; only there.")
    {
        Doubt = static path => path == ServedAt ? null : $"`path` has no effect; these metrics are served at {ServedAt}",
    };

    public static readonly TextKey Prefix = new("prefix", "", "", "text", static _ => true, "What names begin with; nothing else than nothing.")
    {
        Doubt = static prefix => prefix!.Length == 0 ? null : "`prefix` has no effect; names begin as Linkerd's do without one",
    };

    public static readonly Section<object?> Section = new(
        "telemeter `io.l5d.prometheus`", "Metrics in Linkerd's names, served by admin with or without it.", [Path, Prefix, SharedKeys.Experimental],
        static _ => null);
}

/// <summary>The keys of telemeter <c>io.l5d.influxdb</c>.</summary>
internal static class InfluxKeys
{
    public static readonly Section<object?> Section = new(
        "telemeter `io.l5d.influxdb`", "Metrics as InfluxDB lines, served by admin at /admin/metrics/influxdb with or without it.",
        [SharedKeys.Experimental], static _ => null);
}

/// <summary>The kinds of <c>telemetry</c>: what admin serves anyway loads, what does not exist loads with a warning, and none is refused.</summary>
internal static class TelemetryKinds
{
    public static readonly KindTable Table = new(
        "a telemeter",
        "kind",
        null,
        [
            new Kind<object?>(
                "io.l5d.prometheus", "Metrics in Linkerd's names, at /admin/metrics/prometheus; served with or without it.", PrometheusKeys.Section),
            new Kind<object?>(
                "io.l5d.influxdb", "The same as InfluxDB lines, at /admin/metrics/influxdb; served with or without it.", InfluxKeys.Section),
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

    public override IEnumerable<Below> Below
    {
        get
        {
            foreach (Kind kind in table.Rows)
                if (kind.Section is { } section) yield return new Below($" ({table.Selector}: {kind.Name})", section);
        }
    }

    public override ScalarForm Form => ScalarForm.AsWritten;

    public override Section? SectionOf(YamlMapping value) => table.Named(value)?.Section;

    public override void Check(Position keyAt, YamlNode value, CheckContext context) => table.Check(value, context);

    public override object? Read(YamlNode? value) => null;
}
