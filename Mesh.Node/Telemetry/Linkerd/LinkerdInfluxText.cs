using System.Buffers;
using System.Text;

namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>
/// The tree in InfluxDB's line protocol as Linkerd's io.l5d.influxdb writes it: the metrics of one place are the fields of one line.
/// </summary>
/// <remarks>
/// Commas, spaces and equal signs are escaped, as the protocol asks and Linkerd did not. Without timestamps: the database sets them.
/// </remarks>
internal static class LinkerdInfluxText
{
    /// <summary>The measurement of metrics that stand in no scope.</summary>
    private const string RootMeasurement = "root";

    private static readonly SearchValues<char> s_special = SearchValues.Create(",= \\\n");

    /// <summary>One line after the other, each ended by a line feed.</summary>
    /// <param name="root">What to write.</param>
    /// <param name="windows">For distributions.</param>
    /// <param name="host">The tag <c>host</c>.</param>
    public static IEnumerable<string> Lines(MetricNode root, HistogramWindows windows, string host) =>
        Lines(root, ScopePosition.Root, windows, host);

    private static IEnumerable<string> Lines(MetricNode node, ScopePosition position, HistogramWindows windows, string host)
    {
        SortedDictionary<string, string> fields = new(StringComparer.Ordinal);
        foreach ((string name, MetricNode child) in node.Children)
        {
            if (child.Metric is { } metric) AddFields(name, metric, windows, fields);
            foreach (string line in Lines(child, position.Enter(name, exceptions: false), windows, host)) yield return line;
        }

        if (fields.Count > 0) yield return Line(position, host, fields);
    }

    private static void AddFields(string name, LinkerdMetric metric, HistogramWindows windows, SortedDictionary<string, string> fields)
    {
        if (metric.Kind != LinkerdKind.Stat)
        {
            double value = metric.Value;
            if (double.IsFinite(value)) fields.Add(name, LinkerdNumbers.Of(metric.Kind, value));
            return;
        }

        if (windows.Summarize(metric) is not { } summary) return;
        fields.Add(name + "_count", LinkerdNumbers.Whole(summary.Count));
        fields.Add(name + "_sum", LinkerdNumbers.Measured(summary.Sum));
        if (!summary.HasRecent) return;
        fields.Add(name + "_avg", LinkerdNumbers.Floating(summary.Average));
        foreach ((double quantile, _, _, string key) in LinkerdSummary.Quantiles)
        {
            fields.Add($"{name}_{key}", LinkerdNumbers.Measured(summary.Quantile(quantile)));
        }
    }

    private static string Line(ScopePosition position, string host, SortedDictionary<string, string> fields)
    {
        StringBuilder line = new();
        AppendMeasurement(line, position.Name.Length == 0 ? RootMeasurement : position.Name);
        IEnumerable<(string Name, string Value)> tags = position.Labels.Append((Name: "host", Value: host));
        foreach ((string name, string value) in tags.OrderBy(static tag => tag.Name, StringComparer.Ordinal))
        {
            line.Append(',').Append(name).Append('=').Append(Escaped(value));
        }

        char separator = ' ';
        foreach ((string name, string value) in fields)
        {
            line.Append(separator).Append(Escaped(name)).Append('=').Append(value);
            separator = ',';
        }

        return line.Append('\n').ToString();
    }

    private static void AppendMeasurement(StringBuilder line, string name)
    {
        foreach (char letter in name) line.Append(char.IsAsciiLetterOrDigit(letter) || letter == ':' ? letter : '_');
    }

    private static string Escaped(string text)
    {
        if (!text.AsSpan().ContainsAny(s_special)) return text;
        StringBuilder escaped = new();
        foreach (char letter in text)
        {
            if (letter == '\n')
            {
                escaped.Append("\\n");
                continue;
            }

            if (s_special.Contains(letter)) escaped.Append('\\');
            escaped.Append(letter);
        }

        return escaped.ToString();
    }
}
