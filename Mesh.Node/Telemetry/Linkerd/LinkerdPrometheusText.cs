using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>
/// The tree as Linkerd's io.l5d.prometheus writes it: <c>rt:server:requests{rt="http", server="0.0.0.0/4140"} 12</c>, no HELP, no TYPE, a
/// distribution as a summary.
/// </summary>
/// <remarks>
/// Label values are escaped by Prometheus' rules; Linkerd's turned a quotation mark into a backslash. The rest is byte for byte the same. A slow
/// reader holds the rest back.
/// </remarks>
internal static class LinkerdPrometheusText
{
    public const string ContentType = "text/plain;charset=UTF-8";

    /// <summary>Bytes that are rendered before they go on their way.</summary>
    private const int FlushThreshold = 16 * 1024;

    private static readonly SearchValues<char> s_namable =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:");

    /// <param name="tree">What to write.</param>
    /// <param name="output">Where to.</param>
    /// <param name="cancellation">The reader left.</param>
    public static async ValueTask WriteAsync(LinkerdTree tree, PipeWriter output, CancellationToken cancellation)
    {
        ArrayBufferWriter<byte> scratch = new(2 * FlushThreshold);
        foreach (string lines in Lines(tree.Read(), tree.Windows, prefix: ""))
        {
            Encoding.UTF8.GetBytes(lines, scratch);
            if (scratch.WrittenCount < FlushThreshold) continue;
            FlushResult flushed = await output.WriteAsync(scratch.WrittenMemory, cancellation).ConfigureAwait(false);
            if (flushed.IsCompleted || flushed.IsCanceled) return;
            scratch.ResetWrittenCount();
        }

        await output.WriteAsync(scratch.WrittenMemory, cancellation).ConfigureAwait(false);
    }

    /// <summary>The lines of one metric after the other, each ended by a line feed.</summary>
    public static IEnumerable<string> Lines(MetricNode root, HistogramWindows windows, string prefix) =>
        Lines(root, ScopePosition.Root, windows, prefix);

    private static IEnumerable<string> Lines(MetricNode node, ScopePosition position, HistogramWindows windows, string prefix)
    {
        if (node.Metric is { } metric)
        {
            string lines = Lines(metric, Escaped(prefix + position.Name), Labels(position), windows);
            if (lines.Length > 0) yield return lines;
        }

        foreach ((string name, MetricNode child) in node.Children)
        {
            foreach (string lines in Lines(child, position.Enter(name, exceptions: true), windows, prefix)) yield return lines;
        }
    }

    private static string Lines(LinkerdMetric metric, string name, string labels, HistogramWindows windows)
    {
        if (metric.Kind != LinkerdKind.Stat) return $"{name}{Braced(labels)} {LinkerdNumbers.Of(metric.Kind, metric.Value)}\n";
        if (windows.Summarize(metric) is not { } summary) return "";
        string braced = Braced(labels);
        StringBuilder text = new();
        text.Append(name).Append("_count").Append(braced).Append(' ').Append(summary.Count).Append('\n');
        text.Append(name).Append("_sum").Append(braced).Append(' ').Append(LinkerdNumbers.Measured(summary.Sum)).Append('\n');
        if (!summary.HasRecent) return text.ToString();
        text.Append(name).Append("_avg").Append(braced).Append(' ').Append(LinkerdNumbers.Floating(summary.Average)).Append('\n');
        string before = labels.Length == 0 ? "" : labels + ", ";
        foreach ((double quantile, string label, _, _) in LinkerdSummary.Quantiles)
        {
            text.Append(name).Append('{').Append(before).Append("quantile=\"").Append(label).Append("\"} ")
                .Append(LinkerdNumbers.Measured(summary.Quantile(quantile))).Append('\n');
        }

        return text.ToString();
    }

    private static string Braced(string labels) => labels.Length == 0 ? "" : "{" + labels + "}";

    private static string Labels(ScopePosition position) =>
        string.Join(", ", position.Labels.Select(static label => $"{label.Name}=\"{EscapedValue(label.Value)}\""));

    private static string EscapedValue(string value)
    {
        if (!value.AsSpan().ContainsAny('\\', '"', '\n')) return value;
        return value.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
    }

    private static string Escaped(string name) => name.AsSpan().ContainsAnyExcept(s_namable)
        ? string.Create(name.Length, name, static (escaped, from) =>
        {
            for (int i = 0; i < escaped.Length; i++) escaped[i] = s_namable.Contains(from[i]) ? from[i] : '_';
        })
        : name;
}
