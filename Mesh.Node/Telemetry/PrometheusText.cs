using System.Buffers;
using System.IO.Pipelines;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>Renders a registry in Prometheus' text format 0.0.4, family by family, straight into the response.</summary>
/// <remarks>Source: prometheus.io, "Exposition formats". Holds no string larger than a label; a slow reader holds the rest back.</remarks>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Bytes that are rendered before they go on their way.</summary>
    private const int FlushThreshold = 16 * 1024;

    /// <summary>Room for those and for what one series (a histogram's 21 lines with long labels) may add.</summary>
    private const int ScratchLength = 2 * FlushThreshold;

    /// <remarks>
    /// Renders into a plain buffer first: every line takes a dozen small writes, which cost a chunked response several times what they cost an array.
    /// </remarks>
    public static async ValueTask WriteAsync(MetricRegistry registry, PipeWriter output, CancellationToken cancellation)
    {
        ArrayBufferWriter<byte> scratch = new(ScratchLength);
        foreach (MetricFamily family in registry.Families())
        {
            WriteHead(family, scratch);
            foreach (MetricSeries series in family.Series)
            {
                WriteSeries(family, series, scratch);
                if (scratch.WrittenCount < FlushThreshold) continue;
                FlushResult flushed = await output.WriteAsync(scratch.WrittenMemory, cancellation).ConfigureAwait(false);
                if (flushed.IsCompleted || flushed.IsCanceled) return;
                scratch.ResetWrittenCount();
            }
        }

        await output.WriteAsync(scratch.WrittenMemory, cancellation).ConfigureAwait(false);
    }

    public static void Write(MetricRegistry registry, IBufferWriter<byte> output)
    {
        foreach (MetricFamily family in registry.Families())
        {
            WriteHead(family, output);
            foreach (MetricSeries series in family.Series) WriteSeries(family, series, output);
        }
    }

    private static void WriteHead(MetricFamily family, IBufferWriter<byte> output)
    {
        ExpositionWriter writer = new(output);
        writer.Raw("# HELP "u8);
        writer.Text(family.Name);
        writer.Raw(" "u8);
        writer.EscapedHelp(family.Help);
        writer.Raw("\n# TYPE "u8);
        writer.Text(family.Name);
        writer.Raw(family.Kind switch
        {
            MetricKind.Counter => " counter\n"u8,
            MetricKind.Gauge => " gauge\n"u8,
            _ => " histogram\n"u8,
        });
    }

    private static void WriteSeries(MetricFamily family, MetricSeries series, IBufferWriter<byte> output)
    {
        ExpositionWriter writer = new(output);
        switch (series.Instrument)
        {
            case Counter counter:
                writer.Sample(family.Name, series.Labels);
                writer.Number(counter.Value);
                break;
            case Gauge gauge:
                writer.Sample(family.Name, series.Labels);
                writer.Number(gauge.Value);
                break;
            case Histogram histogram:
                WriteHistogram(family.Name, series.Labels, histogram, ref writer);
                return;
        }

        writer.Raw("\n"u8);
    }

    private static void WriteHistogram(string name, LabelSet labels, Histogram histogram, ref ExpositionWriter writer)
    {
        ExpositionBounds bounds = ExpositionBounds.Of(histogram.Unit);
        Span<long> counts = stackalloc long[bounds.Recorded.Length];
        (long count, double sum) = histogram.CountUpTo(bounds.Recorded.AsSpan(), counts);
        for (int i = 0; i < counts.Length; i++) WriteBucket(name, labels, bounds.Shown[i], counts[i], ref writer);
        WriteBucket(name, labels, "+Inf", count, ref writer);

        writer.Sample(name, labels, "_sum");
        writer.Number(sum * bounds.ShownPerRecorded);
        writer.Raw("\n"u8);
        writer.Sample(name, labels, "_count");
        writer.Number(count);
        writer.Raw("\n"u8);
    }

    private static void WriteBucket(string name, LabelSet labels, string bound, long count, ref ExpositionWriter writer)
    {
        writer.Sample(name, labels, "_bucket", bound);
        writer.Number(count);
        writer.Raw("\n"u8);
    }
}
