using System.Text.Json;

namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>The tree as Linkerd's <c>/admin/metrics.json</c> writes it: flat names, or objects in objects.</summary>
internal static class LinkerdJson
{
    /// <summary>One object, <c>{"rt/http/server/0.0.0.0/4140/requests":12}</c>; the names begin below <paramref name="root"/>.</summary>
    public static void WriteFlat(Utf8JsonWriter json, MetricNode root, HistogramWindows windows)
    {
        json.WriteStartObject();
        WriteFlat(json, root, "", windows);
        json.WriteEndObject();
    }

    /// <summary>An object for each place, <c>{"requests":{"counter":12}}</c>.</summary>
    public static void WriteTree(Utf8JsonWriter json, MetricNode root, HistogramWindows windows)
    {
        json.WriteStartObject();
        if (root.Metric is { } metric) WriteMetric(json, NameOf(metric.Kind), metric, windows);
        foreach ((string name, MetricNode child) in root.Children)
        {
            json.WritePropertyName(name);
            WriteTree(json, child, windows);
        }

        json.WriteEndObject();
    }

    private static void WriteFlat(Utf8JsonWriter json, MetricNode node, string path, HistogramWindows windows)
    {
        if (node.Metric is { } metric) WriteMetric(json, path, metric, windows);
        foreach ((string name, MetricNode child) in node.Children) WriteFlat(json, child, path.Length == 0 ? name : path + "/" + name, windows);
    }

    private static string NameOf(LinkerdKind kind) => kind switch
    {
        LinkerdKind.Counter => "counter",
        LinkerdKind.Gauge => "gauge",
        _ => "stat",
    };

    private static void WriteMetric(Utf8JsonWriter json, string name, LinkerdMetric metric, HistogramWindows windows)
    {
        if (metric.Kind != LinkerdKind.Stat)
        {
            // JSON knows neither NaN nor infinity.
            double value = metric.Value;
            if (double.IsFinite(value)) Write(json, name, LinkerdNumbers.Of(metric.Kind, value));
            return;
        }

        if (windows.Summarize(metric) is not { } summary) return;
        json.WriteNumber($"{name}.count", summary.Count);
        if (summary.HasRecent)
        {
            Write(json, $"{name}.max", LinkerdNumbers.Measured(summary.Quantile(1)));
            foreach ((double quantile, _, string key, _) in LinkerdSummary.Quantiles.AsSpan()[..^1])
            {
                Write(json, $"{name}.{key}", LinkerdNumbers.Measured(summary.Quantile(quantile)));
            }
        }

        Write(json, $"{name}.sum", LinkerdNumbers.Measured(summary.Sum));
        if (summary.HasRecent) Write(json, $"{name}.avg", LinkerdNumbers.Floating(summary.Average));
    }

    /// <remarks>Raw, because the writer would leave off the fraction of <c>1.0</c>.</remarks>
    private static void Write(Utf8JsonWriter json, string name, string number)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(number, skipInputValidation: true);
    }
}
